create table headwater.workflows (
  name text primary key,
  latest integer not null,
  created_at timestamptz not null default now()
);

-- What a version is stays as it is: runs that have begun with it end with it.
create table headwater.workflow_versions (
  workflow text not null references headwater.workflows (name) on delete cascade,
  version integer not null,
  -- As its author wrote it, in YAML or JSON.
  source text not null,
  definition jsonb not null,
  author text not null,
  created_at timestamptz not null default now(),
  primary key (workflow, version)
);

create table headwater.workflow_aliases (
  workflow text not null,
  alias text not null,
  version integer not null,
  -- So many of a hundred runs go to another version.
  next_version integer,
  next_percent integer not null default 0 check (next_percent between 0 and 100),
  author text not null,
  updated_at timestamptz not null default now(),
  primary key (workflow, alias),
  foreign key (workflow, version) references headwater.workflow_versions (workflow, version) on delete cascade,
  foreign key (workflow, next_version) references headwater.workflow_versions (workflow, version) on delete cascade
);

-- A run is a job of the same id.
create table headwater.workflow_runs (
  id uuid primary key,
  workflow text not null,
  version integer not null,
  alias text,
  trigger_id uuid,
  input jsonb not null,
  submitter text not null,
  created_at timestamptz not null default now()
);

create index workflow_runs_by_time on headwater.workflow_runs (workflow, created_at desc, id desc);

create table headwater.workflow_triggers (
  id uuid primary key,
  workflow text not null references headwater.workflows (name),
  alias text,
  settings jsonb not null,
  is_enabled boolean not null,
  author text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- What has set off a trigger, so that it does so once.
create table headwater.workflow_trigger_objects (
  trigger_id uuid not null references headwater.workflow_triggers (id) on delete cascade,
  object text not null,
  -- Of its content: size and time, or a checksum.
  content text not null,
  run_id uuid,
  -- Why there is no run.
  refusal text,
  at timestamptz not null default now(),
  primary key (trigger_id, object, content)
);

create index workflow_trigger_objects_by_time on headwater.workflow_trigger_objects (trigger_id, at desc);
