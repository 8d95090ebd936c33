-- Watermarks with their image or text, and how pictures are taken, as VOD has them, are kept beside the other templates.
alter table headwater.media_templates drop constraint media_templates_kind_check;
alter table headwater.media_templates add constraint media_templates_kind_check
  check (kind in ('transcode', 'watermark', 'group', 'asset-watermark', 'asset-pictures'));
