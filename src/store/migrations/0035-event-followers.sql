-- How far each consumer of the events has come, and which node reads for it until when.
create table headwater.event_followers (
  name text primary key,
  position bigint not null,
  lease_owner text,
  lease_until timestamptz
);
