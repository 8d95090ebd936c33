-- Documents are sealed with the master key by the server that reads the clear ones first; fingerprints say, by a key of
-- their own, which secrets a document has, so that the age of a key can be told without opening all of them.
alter table headwater.rule_revisions add column fingerprints text[] not null default '{}';

create table headwater.rule_approvals (
  id uuid primary key,
  state text not null,
  author text not null,
  author_id text not null,
  reason text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  risks text[] not null,
  sealed_changes text not null,
  decided_by text,
  decided_at timestamptz,
  revision bigint
);

create index rule_approvals_by_time on headwater.rule_approvals (created_at);
