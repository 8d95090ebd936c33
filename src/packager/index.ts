export { hasNoCaptions } from './captions.ts';
export type { EarlierSegment, EarlierSegments } from './earlier-segments.ts';
export { Feed, type FeedOptions, type FeedSeat } from './feed.ts';
export type { FeedTally } from './feed-ledger.ts';
export type { ViewerOutlet, ViewerSink } from './feed-viewer.ts';
export { type DeliverySettings, type FeedKind, Feeds, type FeedsOptions } from './feeds.ts';
export { flvFraming } from './flv-framing.ts';
export { fmp4Tracks, fragmentOf, initSegmentOf } from './fragment-of.ts';
export { frameRateOf } from './frame-rate.ts';
export type { Framing } from './framing.ts';
export { HlsPackager, type HlsPackagerOptions, type PlaylistBytes } from './hls-packager.ts';
export {
  describeTracks,
  type HlsContainer,
  multivariantPlaylistOf,
  segmentName,
  type VariantDescription,
} from './hls-playlist.ts';
export { rtmpFraming } from './rtmp-framing.ts';
export type { MediaPacket, Part, Segment } from './segment.ts';
export { SegmentEncryption, type SegmentEncryptionOptions } from './segment-encryption.ts';
export { type LongestSoFar, SegmentWindow, type SegmentWindowOptions } from './segment-window.ts';
export { metadataOf, packetBody, parameterBodies } from './tag-bodies.ts';
export { hasTsTrack, tsSegmentOf } from './ts-segment-of.ts';
