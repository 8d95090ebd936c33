-- A show is a stream from its first publish until nobody waits for its publisher any more; `sessions` are its publishes.
create table headwater.shows (
  id text primary key,
  node_id text not null,
  domain text not null,
  app text not null,
  stream text not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  sessions text[] not null,
  summary jsonb not null
);

create index shows_by_session on headwater.shows using gin (sessions);
create index shows_by_end on headwater.shows (ended_at);
