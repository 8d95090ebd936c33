-- What became of each try, the last ones, for operators who look at a delivery.
alter table headwater.deliveries add column tries jsonb not null default '[]'::jsonb;
create index deliveries_by_endpoint on headwater.deliveries (endpoint_id, id);
create index deliveries_by_stream on headwater.deliveries (stream_key, id);
