-- The nodes of a cluster, and which of them publishes a stream: the one with the highest epoch.
create table headwater.cluster_nodes (
  node_id text primary key,
  name text not null,
  address text not null,
  version text not null,
  seen_at timestamptz not null default now()
);

create table headwater.stream_owners (
  domain text not null,
  app text not null,
  name text not null,
  node_id text not null,
  epoch bigint not null,
  time_zero_wall_ms double precision not null,
  ended_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (domain, app, name)
);

create index stream_owners_updated on headwater.stream_owners (updated_at);
