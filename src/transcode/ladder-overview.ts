import type { EncoderKind, Encoders } from '../ffmpeg/index.ts';
import type { Attempt } from './attempt.ts';
import type { Rung, RungOverview } from './rung.ts';

export type LadderOverview = {
  readonly encoder: EncoderKind;
  /** Why software encodes where hardware was asked for. */
  readonly fallbackReason?: string;
  /** Times that FFmpeg had to be started again. */
  readonly restarts: number;
  /** Why it had to be the last time. */
  readonly lastFailure?: string;
  /** Since FFmpeg's start, by its own account; 1 is as fast as the source. */
  readonly speed?: number;
  /** How far the slowest rendition is behind the source. */
  readonly lagMs?: number;
  /** Times that FFmpeg was so far behind that it skipped to a key frame. */
  readonly skips?: number;
  readonly renditions: readonly RungOverview[];
};

export type LadderParts = {
  readonly encoders: Encoders;
  readonly restarts: number;
  readonly lastFailure: string | undefined;
  /** The run that feeds the rungs. */
  readonly run: Attempt | undefined;
  readonly rungs: readonly Rung[];
};

/** How a ladder is now, for operators. */
export function ladderOverview({ encoders, restarts, lastFailure, run, rungs }: LadderParts): LadderOverview {
  const { kind: encoder, fallbackReason } = encoders;
  return {
    encoder,
    ...(fallbackReason === undefined ? {} : { fallbackReason }),
    restarts,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(run ? { speed: run.progress.speed, lagMs: lagOf(run), skips: run.feed.skips } : {}),
    renditions: rungs.map((rung) => rung.overview()),
  };
}

function lagOf({ feed: { lastDtsMs = 0 }, reachedDtsMs = lastDtsMs }: Attempt): number {
  return Math.round(Math.max(0, lastDtsMs - reachedDtsMs));
}
