-- Uploads of one line are made one after the other: a playlist after what it lists.
alter table headwater.uploads add column line text;
update headwater.uploads set line = object where state = 'pending';
create index uploads_in_line on headwater.uploads (node_id, storage, line, id) where state = 'pending';
