import type { Clock } from '../../live/index.ts';
import type { SegmentWindow } from '../../packager/index.ts';

/** How many target durations a blocking request waits at most (RFC 8216bis, 6.2.5.2). */
const LONGEST_WAIT_TARGET_DURATIONS = 3;
/** A first viewer waits this long for a segment at least: how far apart key frames are is not known yet. */
const LEAST_FIRST_WAIT_MS = 12_000;

/** Resolves with true once there is a whole segment, with false when that takes too long. */
export function awaitSegment(window: SegmentWindow, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const timeoutMs = Math.max(LEAST_FIRST_WAIT_MS, longestWaitMs(window));
  return awaitWindow(window, clock, signal, timeoutMs, () => window.isClosed || window.listed().length > 0);
}

/** Resolves with true once the window has the part, or without `part` the whole segment. */
export function awaitPart(
  window: SegmentWindow,
  segment: number,
  part: number | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  return awaitWindow(
    window,
    clock,
    signal,
    longestWaitMs(window),
    () => window.isEnded || window.isClosed || window.has(segment, part),
  );
}

function longestWaitMs(window: SegmentWindow): number {
  return window.targetDurationSeconds * 1000 * LONGEST_WAIT_TARGET_DURATIONS;
}

function awaitWindow(
  window: SegmentWindow,
  clock: Clock,
  signal: AbortSignal,
  timeoutMs: number,
  isThere: () => boolean,
): Promise<boolean> {
  if (isThere()) return Promise.resolve(true);
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      stopListening();
      cancelTimer();
      signal.removeEventListener('abort', giveUp);
      resolve(result);
    };
    const giveUp = () => settle(false);
    const stopListening = window.onAdvance(() => {
      if (isThere()) settle(true);
    });
    const cancelTimer = clock.after(timeoutMs, giveUp);
    signal.addEventListener('abort', giveUp);
  });
}
