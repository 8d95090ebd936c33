import type { Config } from '../config/index.ts';
import type { Clock, StreamId, StreamSetup } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { HighWaterMarks } from '../store/index.ts';

const NUMBERS_SINCE_MS = Date.UTC(2025, 0, 1);

/**
 * A stream's setup from its rules. Segment numbers go on after the highest that was ever given out under its name.
 *
 * @param elsewhere where it was published on another node: the stream time at which it goes on, unless it has ended,
 *   and the least number for its segments
 */
export function streamSetup(
  id: StreamId,
  { publish, hls, backup, slate }: StreamSettings,
  limits: Config['limits'],
  marks: HighWaterMarks,
  clock: Clock,
  elsewhere: { readonly goesOnAtMs?: number | undefined; readonly leastSegment?: number } = {},
): StreamSetup {
  const { goesOnAtMs, leastSegment = 0 } = elsewhere;
  const mark = marks.get(streamKey(id)) ?? 0;
  const sinceMs = clock.wallMs() - NUMBERS_SINCE_MS;
  // Never the next one: numbers that adjoin are of one stream time, for all who read them from the archive.
  const firstSegment = Math.max(mark + 2, Math.floor(sinceMs / 1000), leastSegment);
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
      after: goesOnAfter(goesOnAtMs, firstSegment),
      segmentMs: hls.segmentSeconds * 1000,
      partMs: hls.partMs,
      longestSegmentMs: limits.gopSeconds * 1000,
    },
    startDtsMs: goesOnAtMs,
    cache: { maxBytes: limits.gopBytes, maxMs: limits.gopSeconds * 1000 },
  };
}

/** What a stream is set up with that was published elsewhere before: numbers and time go on. */
function goesOnAfter(atMs: number | undefined, firstSegment: number) {
  // As numbers of segments do, those of discontinuities begin above all that any node gave out before.
  return atMs === undefined ? undefined : { segment: firstSegment - 1, discontinuities: firstSegment };
}
