-- Signatures that opened their one session, so that no node lets in by them again. When they lapse is told by the nodes'
-- clocks, which look at it first.
create table headwater.used_signatures (
  id text primary key,
  expires_ms double precision not null
);

create index used_signatures_expires on headwater.used_signatures (expires_ms);
