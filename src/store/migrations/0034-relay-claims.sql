-- Which node fetches a stream that one node only is to fetch.
create table headwater.relay_claims (
  name text primary key,
  node_id text not null,
  until timestamptz not null
);
