create table headwater.alarms (
  id uuid primary key,
  code text not null,
  subject text not null,
  node_id text not null,
  scope text not null check (scope in ('node', 'cluster')),
  raised_at timestamptz not null,
  cleared_at timestamptz,
  updated_at timestamptz not null default now(),
  body jsonb not null,
  acknowledged jsonb
);

-- The same alarm can be open once only, whichever node says so first.
create unique index alarms_open on headwater.alarms (code, subject) where cleared_at is null;
create index alarms_by_time on headwater.alarms (raised_at desc, id desc);

create table headwater.alarm_silences (
  id uuid primary key,
  code text not null,
  subject text not null,
  until timestamptz not null,
  created_at timestamptz not null,
  author text not null,
  reason text not null,
  is_deleted boolean not null default false,
  updated_at timestamptz not null
);

-- Which nodes are there, and which of them watches for all.
create table headwater.alarm_nodes (
  node_id text primary key,
  name text not null,
  seen_at timestamptz not null,
  is_gone boolean not null default false,
  watches_until timestamptz
);
