export type { Clock } from './clock.ts';
export type { Copy, CopyOptions } from './copies.ts';
export { GopCache, type GopCacheLimits } from './gop-cache.ts';
export {
  type AudioPacket,
  type DataPacket,
  isKeyFrame,
  isRandomAccess,
  type Packet,
  type Position,
  startsGroup,
  type UnplacedPacket,
  type VideoPacket,
} from './packet.ts';
export {
  type DismissalReason,
  Publication,
  type PublicationEnding,
  type Publisher,
  type PublishSettings,
} from './publication.ts';
export {
  type PublisherRole,
  type PublishResult,
  Registry,
  type RegistryOptions,
  type SourcesOfStream,
  type StreamSetup,
} from './registry.ts';
export type { PublishEnd, RegistryListener } from './registry-listener.ts';
export type { Rendition, RenditionOffer } from './renditions.ts';
export { presentationMs, type SegmentMark, SegmentMarks } from './segment-marks.ts';
export { SegmentPlan, type SegmentPlanOptions } from './segment-plan.ts';
export type { SourceInput, SourceRole } from './source-input.ts';
export type {
  Slate,
  SourceChange,
  SourceChoice,
  SourceSwitch,
  SwitchReason,
  SwitchSettings,
} from './source-switch.ts';
export { Stream, type StreamOptions, type StreamReader, type StreamState } from './stream.ts';
export { type StreamId, streamKey } from './stream-id.ts';
export type { AudioCodec, AudioTrack, Track, TrackSet, VideoCodec, VideoTrack } from './track.ts';
