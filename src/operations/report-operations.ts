import { z } from 'zod';
import type { ShowSummary } from '../audience/index.ts';
import type { KeptClip } from '../clip/index.ts';
import type { StreamId } from '../live/index.ts';
import type { StoredShows } from '../store/index.ts';
import { type Operation, OperationError, operation } from './base/index.ts';
import { appOf } from './resources.ts';
import { reportOf, summaryOfPublish } from './show-report.ts';
import { type ShowReportAnswer, showReport } from './show-report-schema.ts';

/** What the report of a show needs. */
export type ReportDoor = {
  /** The show that a publish belongs to. */
  readonly find: (sessionId: string) => Promise<ShowSummary | undefined>;
  readonly stored: Pick<StoredShows, 'isReady' | 'publishSession' | 'callbacksOf' | 'recordingsOf'>;
  readonly clipsOf: (id: StreamId) => Promise<readonly KeptClip[]>;
  /** By the prices of now; null where there are none. */
  readonly costOf: (show: ShowSummary) => Promise<ShowReportAnswer['cost']>;
  readonly wallMs: () => number;
};

const params = z.strictObject({
  sessionId: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[A-Za-z0-9_-]+$/),
});

/** What shows came to. */
export function reportOperations(door: ReportDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'getShowReport', area: 'Streams', method: 'get', path: '/history/{sessionId}/report' },
      action: 'usage:read',
      summary: 'What a show came to: viewers, quality, health, files, traffic',
      description:
        'A show is a stream from its first publish until nobody waits for its publisher any more. It is kept for thirty days, as the history is.',
      params,
      answer: showReport,
      run: async ({ params: { sessionId }, require }) => {
        const kept = await door.find(sessionId);
        const show = kept ?? (await publishOf(door, sessionId));
        if (!show) throw notFound();
        require(appOf(show));
        return reportOf(show, await partsOf(door, show), !kept);
      },
    }),
  ];
}

async function publishOf({ stored, wallMs }: ReportDoor, sessionId: string): Promise<ShowSummary | undefined> {
  const session = await stored.publishSession(sessionId);
  return session && summaryOfPublish(session, wallMs());
}

async function partsOf(door: ReportDoor, show: ShowSummary) {
  const { stored, clipsOf, costOf } = door;
  const { domain, app, stream: name, startedAtMs, endedAtMs = Number.POSITIVE_INFINITY } = show;
  const ids = show.connections.map(({ sessionId }) => sessionId);
  const told = stored.isReady;
  const [callbacks, recordings, clips, cost] = await Promise.all([
    told ? stored.callbacksOf(ids).catch(() => undefined) : undefined,
    told ? stored.recordingsOf(ids).catch(() => undefined) : undefined,
    clipsOf({ domain, app, name }).catch(() => []),
    costOf(show),
  ]);
  const isOfShow = ({ startMs, endMs }: KeptClip) => startMs < endedAtMs && endMs > startedAtMs;
  return { callbacks, recordings, clips: clips.filter(isOfShow), cost };
}

function notFound(): OperationError {
  const remedy = 'GET /history lists the publishes of the last thirty days that lasted two seconds or more.';
  return new OperationError(404, 'NOT_FOUND', 'no publish of this id is known', remedy);
}
