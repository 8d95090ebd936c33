-- Tokens of an asset that were issued up to a time and are worth nothing since: of one viewer, or under an empty name of all.
create table headwater.play_revocations (
  asset text not null,
  viewer text not null,
  up_to timestamptz not null,
  primary key (asset, viewer)
);
