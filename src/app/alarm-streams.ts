import type { ExpectedStream, LimitUse, MeasuredPublish, TranscodedStream } from '../alarm/index.ts';
import type { Registry } from '../live/index.ts';
import { limitsInUse } from '../operations/index.ts';
import { matchesPattern } from '../rules/index.ts';
import type { Ladders } from '../transcode/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

type Names = Pick<ExpectedStream, 'domain' | 'app' | 'stream'>;

/** Whether a stream is published here, or elsewhere as far as the database last said. */
export function isLiveAnywhere(registry: Registry, elsewhere: () => readonly Names[]) {
  return ({ domain, app, stream }: ExpectedStream): boolean => {
    const isIt = (found: string) => matchesPattern(domain, found);
    for (const { id, state } of registry.streams()) {
      // A stream that shows its slate is not what was expected.
      if (
        state === 'publishing' &&
        registry.publicationOf(id) &&
        id.app === app &&
        id.name === stream &&
        isIt(id.domain)
      )
        return true;
    }
    return elsewhere().some((each) => each.app === app && each.stream === stream && isIt(each.domain));
  };
}

/** Every publish of this node as it is measured now. */
export function measuredPublishes(
  { clock }: Base,
  { settingsOf }: State,
  { registry, publishers }: Streams,
): MeasuredPublish[] {
  return [...registry.streams()].flatMap(({ id, state, tracks, cache }) => {
    const sessionId = registry.onAirOf(id)?.publisher.sessionId;
    const ingest = sessionId === undefined ? undefined : publishers.get(sessionId)?.state?.ingest;
    if (sessionId === undefined || !ingest || state !== 'publishing') return [];
    const { fps, seconds } = ingest.meter.measure(clock.nowMs());
    const { findings } = publishers.verdict(sessionId, tracks, cache.isOverflowing);
    const { minKbps, minFps } = settingsOf(id).alarms;
    const { domain, app, name: stream } = id;
    const { totalBytes } = ingest.meter;
    return [{ sessionId, domain, app, stream, totalBytes, fps, seconds, findings, minKbps, minFps }];
  });
}

export function transcodedStreams(ladders: Ladders): TranscodedStream[] {
  return [...ladders].map((ladder) => {
    const { domain, app, name: stream } = ladder.stream.id;
    const { speed, lagMs = 0, renditions } = ladder.overview();
    return { domain, app, stream, speed, lagMs, renditions };
  });
}

/** What is used of each limit that the rules set. */
export function limitUses({ rules }: State, { limits: { capacity } }: Streams): LimitUse[] {
  return limitsInUse({ rules, capacity }).flatMap(({ domain, app, used, limits = {} }) => {
    const set = Object.entries<number>(limits as Record<string, number>).filter(([, limit]) => limit > 0);
    if (set.length === 0) return [];
    const now: Readonly<Record<string, number>> = used();
    return set.flatMap(([what, limit]) => {
      const value = now[what];
      return value === undefined ? [] : [{ domain, app, what, used: value, limit }];
    });
  });
}
