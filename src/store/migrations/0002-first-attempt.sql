-- A day after the first attempt a delivery is given up; attempts alone do not say when that was.
alter table headwater.deliveries add column first_attempt_at timestamptz;
