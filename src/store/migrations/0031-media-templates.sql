-- Templates of media processing that operators made: how files are encoded, where watermarks go, and groups of them.
-- `body` is in the form of ApsaraVideo, checked before it comes here.
create table headwater.media_templates (
  kind text not null check (kind in ('transcode', 'watermark', 'group')),
  id text not null,
  name text not null,
  body jsonb not null,
  is_default boolean not null default false,
  is_locked boolean not null default false,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  primary key (kind, id)
);

create unique index media_templates_default on headwater.media_templates (kind) where is_default;
