export { AttributeList, AttributeListWriter } from './attribute-list.ts';
export { formatSeconds } from './decimal.ts';
export { type DeliveryDirectives, parseDeliveryDirectives } from './delivery-directives.ts';
export type {
  ByteRange,
  MediaKey,
  MediaMap,
  MediaPlaylist,
  MediaPlaylistHead,
  MediaPlaylistTail,
  MediaSegment,
  OpenSegment,
  PartialSegment,
  PreloadHint,
  RenditionReport,
  ServerControl,
  StartPoint,
} from './media-playlist.ts';
export type { MediaRendition, MultivariantPlaylist, Variant } from './multivariant-playlist.ts';
export { parseMediaPlaylist } from './parse-media-playlist.ts';
export { parseMultivariantPlaylist } from './parse-multivariant-playlist.ts';
export { MediaPlaylistPrinter, renderMediaPlaylist, renditionReportTag } from './render-media-playlist.ts';
export { renderMultivariantPlaylist } from './render-multivariant-playlist.ts';
