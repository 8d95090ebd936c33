import type { TrackSet } from '../live/index.ts';
import {
  type MediaPlaylist,
  type MediaSegment,
  type OpenSegment,
  type PartialSegment,
  renderMediaPlaylist,
  renderMultivariantPlaylist,
} from '../protocol/m3u8/index.ts';
import type { Segment } from './segment.ts';
import type { SegmentWindow } from './segment-window.ts';

export type HlsContainer = 'fmp4' | 'ts';

export type MediaPlaylistOptions = {
  readonly container: HlsContainer;
  /** Parts, blocking reload and preload hints; fragmented MP4 only. */
  readonly lowLatency: boolean;
  /** Leave out segments that the client has seen (`_HLS_skip`). */
  readonly isDelta: boolean;
  /** The name of the init segment for a set of tracks. */
  readonly initName: (tracks: TrackSet) => string;
};

/** Whole segments that keep their parts in the playlist: three target durations (RFC 8216bis, 6.2.2). */
const SEGMENTS_WITH_PARTS = 3;
/** CAN-SKIP-UNTIL in target durations: the least that RFC 8216bis allows. */
const SKIP_TARGET_DURATIONS = 6;

/** Names of resources, relative to the playlist; equal on every node. */
export const segmentName = (number: number, container: HlsContainer): string =>
  `${number}.${container === 'ts' ? 'ts' : 'm4s'}`;
export const partName = (segment: number, part: number): string => `${segment}.${part}.m4s`;

/** The window's media playlist. */
export function mediaPlaylistOf(window: SegmentWindow, options: MediaPlaylistOptions): string {
  const isLowLatency = options.lowLatency && options.container === 'fmp4' && !window.isEnded;
  const listed = window.listed();
  const open = window.open();
  const skipped = options.isDelta && isLowLatency ? skippable(window, listed) : 0;
  const firstWithParts = listed.length - SEGMENTS_WITH_PARTS;
  const segments = listed.map((segment, index) => ({
    ...segmentOf(segment, options, isLowLatency && index >= firstWithParts),
    uri: segmentName(segment.number, options.container),
    durationSeconds: segment.durationMs / 1000,
  }));
  const targetSeconds = window.targetDurationSeconds;
  const partSeconds = window.partTargetMs / 1000;
  const playlist: MediaPlaylist = {
    version: isLowLatency ? 9 : options.container === 'ts' ? 3 : 7,
    targetDurationSeconds: targetSeconds,
    mediaSequence: listed[0]?.number ?? open?.number ?? 0,
    discontinuitySequence: window.discontinuitySequence(),
    hasIndependentSegments: [...listed, ...(open ? [open] : [])].every(
      (segment) => segment.parts[0]?.isIndependent ?? true,
    ),
    segments: segments.slice(skipped) satisfies MediaSegment[],
    ...(skipped > 0 ? { skippedSegments: skipped } : {}),
    ...(window.isEnded ? { isEnded: true } : {}),
    ...(isLowLatency ? lowLatencyTags(window, open, options, targetSeconds, partSeconds) : {}),
  };
  return renderMediaPlaylist(playlist);
}

function segmentOf(segment: Segment, options: MediaPlaylistOptions, withParts: boolean): OpenSegment {
  return {
    ...(options.container === 'fmp4' ? { map: { uri: options.initName(segment.tracks) } } : {}),
    ...(segment.isDiscontinuity ? { isDiscontinuity: true } : {}),
    programDateTimeMs: segment.wallMs,
    ...(withParts ? { parts: partsOf(segment) } : {}),
  };
}

function partsOf(segment: Segment): PartialSegment[] {
  return segment.parts.map((part) => ({
    uri: partName(segment.number, part.index),
    durationSeconds: part.durationMs / 1000,
    ...(part.isIndependent ? { isIndependent: true } : {}),
  }));
}

function lowLatencyTags(
  window: SegmentWindow,
  open: Segment | undefined,
  options: MediaPlaylistOptions,
  targetSeconds: number,
  partSeconds: number,
): Partial<MediaPlaylist> {
  const next = window.nextPart();
  return {
    partTargetSeconds: partSeconds,
    serverControl: {
      canBlockReload: true,
      partHoldBackSeconds: partSeconds * 3,
      holdBackSeconds: targetSeconds * 3,
      canSkipUntilSeconds: targetSeconds * SKIP_TARGET_DURATIONS,
    },
    ...(open && open.parts.length > 0 ? { openSegment: segmentOf(open, options, true) } : {}),
    ...(next ? { preloadHints: [{ type: 'PART' as const, uri: partName(next.segment, next.part) }] } : {}),
  };
}

/** How many of the listed segments lie before the skip boundary. */
function skippable(window: SegmentWindow, listed: readonly Segment[]): number {
  let behindMs = window.open()?.durationMs ?? 0;
  for (let index = listed.length - 1; index >= 0; index--) {
    behindMs += listed[index]?.durationMs ?? 0;
    if (behindMs >= window.targetDurationSeconds * SKIP_TARGET_DURATIONS * 1000) return index;
  }
  return 0;
}

export type VariantDescription = {
  readonly uri: string;
  readonly tracks: TrackSet;
  readonly peakBitrate: number;
  readonly averageBitrate: number;
};

/** A multivariant playlist that lists the stream, with CODECS, so that players know before they load. */
export function multivariantPlaylistOf(variants: readonly VariantDescription[]): string {
  return renderMultivariantPlaylist({
    variants: variants.map(({ uri, tracks, peakBitrate, averageBitrate }) => ({
      uri,
      bandwidth: Math.max(1, peakBitrate),
      averageBandwidth: Math.max(1, averageBitrate),
      codecs: [tracks.video?.codecString, tracks.audio?.codecString].filter((name) => name !== undefined),
      ...(tracks.video ? { resolution: { width: tracks.video.width, height: tracks.video.height } } : {}),
      ...(tracks.video?.frameRate ? { frameRate: tracks.video.frameRate } : {}),
    })),
  });
}
