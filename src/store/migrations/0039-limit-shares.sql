-- How much of a limit each node of the cluster has, until when: what the others have is not there to be given out.
create table headwater.limit_shares (
  key text not null,
  node_id text not null,
  held double precision not null,
  -- Set where a node would give out more than it could get.
  short_until timestamptz,
  until timestamptz not null,
  primary key (key, node_id)
);

create index limit_shares_short on headwater.limit_shares (short_until) where short_until is not null;
