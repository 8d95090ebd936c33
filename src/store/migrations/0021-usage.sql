-- What was delivered and done, by minute and, added up, by longer spans; scope says what a row is the sum of
-- (0 stream, 1 app, 2 domain, 3 server, 4 tag of an app).
create table headwater.usage_minutes (
  at timestamptz not null,
  node text not null,
  scope smallint not null,
  domain text not null,
  app text not null,
  stream text not null,
  kind text not null,
  door text not null,
  template text not null,
  detail text not null,
  bytes bigint not null,
  secure_bytes bigint not null,
  seconds double precision not null,
  count bigint not null,
  peak bigint not null,
  -- Of the minute with the most.
  peak_bytes bigint not null,
  primary key (scope, domain, app, stream, kind, at, door, template, detail, node)
);

-- Rows come in the order of time, so that this costs next to nothing to keep.
create index usage_minutes_at on headwater.usage_minutes using brin (at) with (pages_per_range = 16, autosummarize = on);

-- Rows of a span that is not over are added to each minute, within their page where it has room.
create table headwater.usage_five_minutes (like headwater.usage_minutes including all) with (fillfactor = 70);

create table headwater.usage_hours (like headwater.usage_minutes including all) with (fillfactor = 70);

create table headwater.usage_days (like headwater.usage_minutes including all) with (fillfactor = 70);

-- Different viewers by hour and day, as sketches that can be added to each other.
create table headwater.usage_viewers (
  id uuid not null,
  grain text not null,
  at timestamptz not null,
  scope smallint not null,
  domain text not null,
  app text not null,
  stream text not null,
  sketch bytea not null,
  primary key (scope, domain, app, stream, grain, at, id)
);

create index usage_viewers_at on headwater.usage_viewers (grain, at);

-- Which batches of rows are in the tables, so that none is added twice.
create table headwater.usage_batches (
  id text primary key,
  at timestamptz not null,
  added_at timestamptz not null default now()
);
