create table headwater.users (
  id uuid primary key,
  name text not null unique,
  grants jsonb not null,
  statements jsonb not null,
  password_hash text,
  totp_secret text,
  recovery_hashes text[] not null,
  is_enabled boolean not null,
  created_at timestamptz not null,
  ended_before timestamptz not null,
  updated_at timestamptz not null default now()
);

create table headwater.access_keys (
  id text primary key,
  user_id uuid not null references headwater.users (id) on delete cascade,
  sealed_secret text not null,
  note text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  updated_at timestamptz not null default now()
);

create index access_keys_of_user on headwater.access_keys (user_id);
