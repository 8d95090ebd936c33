-- Snapshots are told of many times an hour and removed each minute.
create index events_snapshots on headwater.events (position) include (at) where kind = 'snapshot';
