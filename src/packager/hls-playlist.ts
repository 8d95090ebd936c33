import type { TrackSet } from '../live/index.ts';
import {
  type MediaPlaylistHead,
  MediaPlaylistPrinter,
  type MediaPlaylistTail,
  type MediaSegment,
  type OpenSegment,
  type PartialSegment,
  renderMultivariantPlaylist,
} from '../protocol/m3u8/index.ts';
import type { EarlierLines } from './earlier-lines.ts';
import type { EarlierSegment } from './earlier-segments.ts';
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
  /** The name of the key that a segment is encrypted with; left out, none is. */
  readonly keyName?: ((segment: Pick<Segment, 'wallMs'>) => string) | undefined;
  readonly targetSeconds: number;
  /** Segments to list before those of the window. */
  readonly earlier: readonly EarlierSegment[];
  /** What is known of their lines; of no other container or playlist. */
  readonly earlierLines: EarlierLines;
};

/** A playlist's text in two: what mostly stays from one part of the stream to the next, and the rest of it. */
export type PlaylistText = { readonly settled: string; readonly rest: string };

/** Whole segments that keep their parts in the playlist: three target durations (RFC 8216bis, 6.2.2). */
const SEGMENTS_WITH_PARTS = 3;
const DATED_EVERY = 16;
/** CAN-SKIP-UNTIL in target durations: the least that RFC 8216bis allows. */
const SKIP_TARGET_DURATIONS = 6;

/** Names of resources, relative to the playlist; equal on every node. */
export const segmentName = (number: number, container: HlsContainer): string =>
  `${number}.${container === 'ts' ? 'ts' : 'm4s'}`;
export const partName = (segment: number, part: number): string => `${segment}.${part}.m4s`;

/** The window's media playlist. */
export function mediaPlaylistOf(window: SegmentWindow, options: MediaPlaylistOptions): PlaylistText {
  const isLowLatency = options.lowLatency && options.container === 'fmp4' && !window.isEnded;
  const { targetSeconds, earlier } = options;
  const listed = window.listed();
  const open = window.open();
  const all: readonly (Segment | EarlierSegment)[] = [...earlier, ...listed];
  const skipped = options.isDelta && isLowLatency ? skippable(window, all, targetSeconds) : 0;
  const firstWithParts = all.length - SEGMENTS_WITH_PARTS;
  const asListed = (segment: Segment | EarlierSegment, index: number): MediaSegment => ({
    ...segmentOf(segment, options, isLowLatency && index >= firstWithParts),
    ...(isDated(segment, index - skipped) ? { programDateTimeMs: segment.wallMs } : {}),
    uri: segmentName(segment.number, options.container),
    durationSeconds: segment.durationMs / 1000,
  });
  const partSeconds = window.partTargetMs / 1000;
  const low = isLowLatency ? lowLatencyTags(window, open, options, targetSeconds, partSeconds) : {};
  const printer = new MediaPlaylistPrinter();
  const head = printer.head({
    version: isLowLatency ? 9 : options.container === 'ts' ? 3 : 7,
    targetDurationSeconds: targetSeconds,
    mediaSequence: all[0]?.number ?? open?.number ?? 0,
    discontinuitySequence: discontinuitiesBefore(all[0] ?? open),
    hasIndependentSegments: [...listed, ...(open ? [open] : [])].every(
      (segment) => segment.parts[0]?.isIndependent ?? true,
    ),
    ...(skipped > 0 ? { skippedSegments: skipped } : {}),
    ...low,
  });
  const before = earlier.slice(skipped);
  const lines = options.earlierLines.of(before, (segment, index) => asListed(segment, index + skipped));
  const last = before.at(-1);
  if (last) printer.goOnBehind(asListed(last, skipped + before.length - 1));
  const behind = all.slice(skipped + before.length).map((segment, i) => asListed(segment, skipped + before.length + i));
  const rest = printer.segments(behind) + printer.tail({ ...low, isEnded: window.isEnded });
  return { settled: head + lines, rest };
}

function segmentOf(segment: Segment | EarlierSegment, options: MediaPlaylistOptions, withParts: boolean): OpenSegment {
  const initName = 'initName' in segment ? segment.initName : options.initName(segment.tracks);
  return {
    ...(options.container === 'fmp4' ? { map: { uri: initName } } : {}),
    ...(options.keyName ? { key: { method: 'AES-128' as const, uri: options.keyName(segment) } } : {}),
    ...(segment.isDiscontinuity ? { isDiscontinuity: true } : {}),
    ...(withParts && 'parts' in segment ? { parts: partsOf(segment) } : {}),
  };
}

/** EXT-X-DISCONTINUITY-SEQUENCE: discontinuities before the first listed segment, equal on every node. */
function discontinuitiesBefore(first: Segment | EarlierSegment | undefined): number {
  return first ? first.discontinuities - (first.isDiscontinuity ? 1 : 0) : 0;
}

/** Of the many that are earlier, not each has its date: players count on from one that has. */
function isDated(segment: Segment | EarlierSegment, index: number): boolean {
  return !('initName' in segment) || index === 0 || segment.isDiscontinuity || segment.number % DATED_EVERY === 0;
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
): Partial<MediaPlaylistHead> & MediaPlaylistTail {
  const next = window.nextPart();
  return {
    partTargetSeconds: partSeconds,
    serverControl: {
      canBlockReload: true,
      partHoldBackSeconds: partSeconds * 3,
      holdBackSeconds: targetSeconds * 3,
      canSkipUntilSeconds: targetSeconds * SKIP_TARGET_DURATIONS,
    },
    ...(open && open.parts.length > 0
      ? { openSegment: { ...segmentOf(open, options, true), programDateTimeMs: open.wallMs } }
      : {}),
    ...(next ? { preloadHints: [{ type: 'PART' as const, uri: partName(next.segment, next.part) }] } : {}),
  };
}

/** How many of the listed segments lie before the skip boundary. */
function skippable(
  window: SegmentWindow,
  listed: readonly (Segment | EarlierSegment)[],
  targetSeconds: number,
): number {
  let behindMs = window.open()?.durationMs ?? 0;
  for (let index = listed.length - 1; index >= 0; index--) {
    behindMs += listed[index]?.durationMs ?? 0;
    if (behindMs >= targetSeconds * SKIP_TARGET_DURATIONS * 1000) return index;
  }
  return 0;
}

/** What players are told of a variant before they load it. */
export type VariantDescription = {
  readonly uri: string;
  /** RFC 6381. */
  readonly codecs: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  readonly frameRate?: number;
  /** Bits per second. */
  readonly peakBitrate: number;
  readonly averageBitrate: number;
  readonly score?: number;
  readonly stableId?: string;
  readonly hasNoCaptions?: boolean;
};

/** The same of tracks. */
export function describeTracks({
  video,
  audio,
}: TrackSet): Pick<VariantDescription, 'codecs' | 'resolution' | 'frameRate'> {
  return {
    codecs: [video?.codecString, audio?.codecString].filter((name) => name !== undefined),
    ...(video ? { resolution: { width: video.width, height: video.height } } : {}),
    ...(video?.frameRate ? { frameRate: video.frameRate } : {}),
  };
}

/** A multivariant playlist, the variant to begin with first. */
export function multivariantPlaylistOf(variants: readonly VariantDescription[]): string {
  return renderMultivariantPlaylist({
    variants: variants.map(({ peakBitrate, averageBitrate, ...described }) => ({
      ...described,
      bandwidth: Math.max(1, peakBitrate),
      averageBandwidth: Math.max(1, averageBitrate),
    })),
  });
}
