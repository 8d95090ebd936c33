import { vttTimestamp } from '../snapshot/index.ts';
import type { Marker } from './marker.ts';

/** A stretch of wall time that plays without a hole; an ArchivedSegment is one. */
export type PlayedStretch = { readonly wallMs: number; readonly durationMs: number };

/** Where playback begins and ends within the stretches, by wall clock. */
export type PlayedRange = { readonly fromMs?: number; readonly toMs?: number };

/** A chapter by the time of playback; it lasts to the next one or to the end. */
export type Chapter = {
  readonly id: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
};

/**
 * The chapters of what plays the stretches one after the other: a time-shift playlist, a recording whose gaps are
 * closed, a clip.
 *
 *     wall clock   |=====A==|   B  |==C=====|        A, B, C are markers; B is set while nobody published
 *     playback     |=====A==B==C=====|
 *
 * The last marker before the beginning names what the beginning belongs to.
 */
export function chaptersOf(
  markers: readonly Marker[],
  stretches: readonly PlayedStretch[],
  range: PlayedRange = {},
): Chapter[] {
  const played = trimmed(stretches, range);
  const endMs = Math.round(played.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const starts = new Map<number, { readonly id: string; readonly name: string }>();
  const ordered = markers.toSorted((a, b) => a.atWallMs - b.atWallMs);
  for (const [index, { id, name, atWallMs }] of ordered.entries()) {
    const atMs = positionOf(atWallMs, played);
    // Of two at one moment the later one counts: no cue may be empty.
    if (atMs !== undefined) starts.set(Math.round(atMs), { id, name: name || `Chapter ${index + 1}` });
  }
  const chapters = [...starts].sort(([a], [b]) => a - b);
  return chapters.map(([startMs, named], index) => ({ ...named, startMs, endMs: chapters[index + 1]?.[0] ?? endMs }));
}

/** Chapters as WebVTT. */
export function chaptersVtt(chapters: readonly Chapter[]): string {
  const cues = chapters.map(
    ({ id, name, startMs, endMs }) => `${id}\n${vttTimestamp(startMs)} --> ${vttTimestamp(endMs)}\n${escaped(name)}\n`,
  );
  return ['WEBVTT\n', ...cues].join('\n');
}

function trimmed(stretches: readonly PlayedStretch[], { fromMs, toMs }: PlayedRange): PlayedStretch[] {
  return stretches.flatMap(({ wallMs, durationMs }) => {
    const startMs = Math.max(wallMs, fromMs ?? wallMs);
    const endMs = Math.min(wallMs + durationMs, toMs ?? wallMs + durationMs);
    return endMs > startMs ? [{ wallMs: startMs, durationMs: endMs - startMs }] : [];
  });
}

/**
 * Where a moment is in playback; in a gap it is the start of what comes next, and undefined where nothing does.
 * A clock that was set back may show one time twice: what has the moment in it goes before what only comes later.
 */
function positionOf(atWallMs: number, played: readonly PlayedStretch[]): number | undefined {
  const within = played.findIndex(({ wallMs, durationMs }) => atWallMs >= wallMs && atWallMs < wallMs + durationMs);
  const index = within >= 0 ? within : played.findIndex(({ wallMs }) => wallMs > atWallMs);
  const stretch = played[index];
  if (!stretch) return undefined;
  const beforeMs = played.slice(0, index).reduce((sum, { durationMs }) => sum + durationMs, 0);
  return beforeMs + Math.max(0, atWallMs - stretch.wallMs);
}

/** Cue text (WebVTT, 4.2.2) has markup and character references. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
