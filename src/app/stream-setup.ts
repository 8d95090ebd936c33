import type { Config } from '../config/index.ts';
import type { Clock, StreamId, StreamSetup } from '../live/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { HighWaterMarks } from '../store/index.ts';
import { type GivenOut, givenOut } from './segment-numbers.ts';

const NUMBERS_SINCE_MS = Date.UTC(2025, 0, 1);
/** Of a stream that goes on elsewhere, discontinuities are taken to be no more than one in this time. */
const DISCONTINUITY_EVERY_MS = 10 * 60_000;

/** What is known of a stream that other nodes published before. */
export type PublishedBefore = {
  /** The stream time at which it goes on; undefined where none was, or it has ended. */
  readonly goesOnAtMs: number | undefined;
  /** Above all segments of other nodes. */
  readonly leastSegment: number;
  /** One more than that of the owner before. */
  readonly epoch: number;
};

/** A stream's setup from its rules. Its numbers go on after the highest that were ever given out under its name. */
export function streamSetup(
  id: StreamId,
  { publish, hls, backup, slate }: StreamSettings,
  limits: Pick<Config['limits'], 'gopSeconds' | 'gopBytes'>,
  marks: Pick<HighWaterMarks, 'get'>,
  clock: Clock,
  before?: PublishedBefore,
): StreamSetup {
  const given = givenOut(id, marks);
  const sinceMs = clock.wallMs() - NUMBERS_SINCE_MS;
  // Never the next one: numbers that adjoin are of one stream time, for all who read them from the archive.
  const firstSegment = Math.max((given?.segment ?? 0) + 2, Math.floor(sinceMs / 1000), before?.leastSegment ?? 0);
  return {
    secondPublisher: publish.secondPublisher,
    waitMs: publish.waitSeconds * 1000,
    waitAfterUnpublish: publish.waitAfterUnpublish,
    ghostMs: publish.ghostSeconds * 1000,
    idleMs: publish.idleSeconds * 1000,
    sources: {
      ...{ takesBackup: backup.enabled, stallMs: backup.stallMs, lagMs: backup.lagSeconds * 1000, back: backup.back },
      ...{ wellMs: backup.wellSeconds * 1000, slateMs: slate.seconds * 1000 },
      ...{ slateAfterMs: slate.afterSeconds * 1000, slateAfterUnpublish: slate.afterUnpublish },
    },
    plan: {
      firstSegment,
      after: before && goesOnAfter(before, given, firstSegment),
      discontinuities: given ? given.discontinuities + 1 : 0,
      segmentMs: hls.segmentSeconds * 1000,
      partMs: hls.partMs,
      longestSegmentMs: limits.gopSeconds * 1000,
    },
    startDtsMs: before?.goesOnAtMs,
    cache: { maxBytes: limits.gopBytes, maxMs: limits.gopSeconds * 1000 },
  };
}

/**
 * What a stream is set up with that goes on from elsewhere, and of which this node has no copy: it begins with a
 * discontinuity, which counts on, as one that begins anew does. A player that sees an old count takes the times of the new
 * segments for those of the old ones. Yet the count must stay small: it is EXT-X-DISCONTINUITY-SEQUENCE, and hls.js walks
 * an array that is as long with each playlist, a second for 60 million.
 */
function goesOnAfter({ goesOnAtMs, epoch }: PublishedBefore, given: GivenOut | undefined, firstSegment: number) {
  if (goesOnAtMs === undefined) return undefined;
  const elsewhere = epoch + Math.floor(goesOnAtMs / DISCONTINUITY_EVERY_MS);
  return { segment: firstSegment - 1, discontinuities: Math.max(given?.discontinuities ?? 0, elsewhere) };
}
