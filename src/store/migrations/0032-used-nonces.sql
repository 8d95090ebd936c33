-- Signed requests that are good once, by a hash of key and nonce, for as long as their time would be good on any node.
create table headwater.used_nonces (
  id text primary key,
  until timestamptz not null
);

create index used_nonces_until on headwater.used_nonces (until);
