-- What is known of the hosts of domains beside the rules. `fingerprint` is of what the rules say of the host, so that a
-- change of it is noticed.
create table headwater.host_facts (
  host text primary key,
  first_seen_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  fingerprint text not null default '',
  region text not null default '',
  scope text not null default '',
  description text not null default '',
  tags jsonb not null default '{}'
);
