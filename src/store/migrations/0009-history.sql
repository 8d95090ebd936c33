-- The history of publishes is read from the newest back; what came in without its start counts by its end.
create index publish_sessions_by_time on headwater.publish_sessions ((coalesce(opened_at, closed_at)), id);
