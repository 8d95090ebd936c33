import { ClipError } from './clip-error.ts';

/** From a moment to another by wall clock, or the last so many seconds. */
export type WantedRange = { readonly seconds: number } | { readonly startMs: number; readonly endMs: number };

export type WallRange = { readonly startMs: number; readonly endMs: number };

export const MAX_CLIP_SECONDS = 3600;
/** How far the clock of who asks may be ahead. */
const MAX_AHEAD_MS = 2000;

/**
 * The range by wall clock. Throws ClipError.
 *
 * @param endMs where the last seconds end: now, or where the stream ended
 */
export function clipRange(wanted: WantedRange, endMs: number, nowMs: number): WallRange {
  if ('seconds' in wanted) {
    if (!(wanted.seconds >= 1 && wanted.seconds <= MAX_CLIP_SECONDS)) throw badLength(`${wanted.seconds} s`);
    return { startMs: endMs - wanted.seconds * 1000, endMs };
  }
  const lengthMs = wanted.endMs - wanted.startMs;
  if (!Number.isFinite(lengthMs) || wanted.startMs < 0) throw badLength('a range of no times');
  if (lengthMs <= 0) {
    throw new ClipError('CLIP_RANGE', 'the end is not after the start', 'Let the end lie after the start.');
  }
  if (lengthMs > MAX_CLIP_SECONDS * 1000) throw badLength(`${Math.round(lengthMs / 1000)} s`);
  if (wanted.endMs > nowMs + MAX_AHEAD_MS) {
    throw new ClipError('CLIP_IN_FUTURE', 'the end is still to come', 'Ask for a time that is past.');
  }
  return { startMs: Math.round(wanted.startMs), endMs: Math.min(Math.round(wanted.endMs), nowMs) };
}

function badLength(what: string): ClipError {
  const remedy = `A clip has 1 to ${MAX_CLIP_SECONDS} seconds; record what is longer.`;
  return new ClipError('CLIP_RANGE', `${what} is no length of a clip`, remedy);
}
