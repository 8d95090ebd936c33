-- Where a stream's time and segments were when it got its owner, and when that was: the nodes' clocks need not agree.
alter table headwater.stream_owners add column began_dts_ms double precision;
alter table headwater.stream_owners add column first_segment bigint;
alter table headwater.stream_owners add column owned_at timestamptz not null default now();
