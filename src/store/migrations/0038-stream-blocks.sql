-- The streams that nobody may publish for a time, and those that may again, so that all nodes hear of both.
create table headwater.stream_blocks (
  domain text not null,
  app text not null,
  stream text not null,
  since_ms double precision not null,
  until_ms double precision not null,
  reason text not null,
  by text not null,
  is_lifted boolean not null,
  changed_ms double precision not null,
  updated_at timestamptz not null default now(),
  primary key (domain, app, stream)
);

create index stream_blocks_updated on headwater.stream_blocks (updated_at);
