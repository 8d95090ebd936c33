import { z } from 'zod';
import type { HistoryFilter, PublishedSession } from '../store/index.ts';
import { cursorOf, keyOfCursor, nextCursor, type Operation, operation, pageQuery } from './base/index.ts';
import { appOf } from './resources.ts';
import { streamName, time } from './schemas.ts';

/** What the operations on the history need. */
export type HistoryDoor = {
  readonly sessions: (filter: HistoryFilter) => Promise<readonly PublishedSession[]>;
};

const place = z.strictObject({ at: z.iso.datetime(), id: z.string() });
const query = pageQuery().extend({
  ...{ domain: streamName.optional(), app: streamName.optional(), stream: streamName.optional() },
  state: z.enum(['open', 'closed']).optional().describe('`open`: publishing now, as far as the database knows'),
  since: time.optional().describe('Began at or after'),
  until: time.optional().describe('Began before'),
});

/** A publisher's connection, without what it was signed with. */
export const publishSession = z
  .strictObject({
    ...{ sessionId: z.string(), domain: z.string(), app: z.string(), stream: z.string() },
    ingestDomain: z.string().optional().describe('The host that was pushed to'),
    startedAt: time.optional(),
    endedAt: time.optional().describe('None while it is open'),
    durationSeconds: z.number().optional(),
    endReason: z.string().optional().describe('Such as `unpublished`, `connection_lost`, `kicked` or `crash`'),
    address: z.string().optional(),
    protocol: z.string().optional(),
    node: z.string().optional().describe('Which took the stream'),
    width: z.int().optional(),
    height: z.int().optional(),
  })
  .meta({ id: 'PublishSession' });

/** What was published in the last thirty days. */
export function historyOperations(door: HistoryDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listHistory', area: 'Streams', method: 'get', path: '/history', action: 'streams:read' },
      summary: 'Publishes of the last thirty days, the newest first',
      description: 'One for each connection of a publisher that lasted two seconds or more.',
      query,
      answer: z.strictObject({ sessions: z.array(publishSession), nextCursor }),
      run: async ({ query: { cursor, state, since, until, ...asked }, permits }) => {
        const rows = await door.sessions({
          ...asked,
          isOpen: state && state === 'open',
          since: since === undefined ? undefined : new Date(since),
          until: until === undefined ? undefined : new Date(until),
          before: keyOfCursor(cursor, place),
        });
        const last = rows.length === asked.limit ? rows.at(-1) : undefined;
        const sessions = rows.filter((each) => permits(appOf(each))).map(shownSession);
        return { sessions, ...(last && { nextCursor: cursorOf({ at: last.place, id: last.id }) }) };
      },
    }),
  ];
}

export function shownSession(session: Omit<PublishedSession, 'place'>): z.input<typeof publishSession> {
  const { id: sessionId, domain, app, stream, opened_at: opened, closed_at: closed, data } = session;
  const { address, protocol, node, width, height } = seen.parse(data);
  const facts = { address, protocol, node, width, height };
  return {
    ...{ sessionId, domain, app, stream },
    ...(session.ingest_domain !== '' && { ingestDomain: session.ingest_domain }),
    ...(opened && { startedAt: opened.toISOString() }),
    ...(closed && { endedAt: closed.toISOString() }),
    ...(opened && closed && { durationSeconds: (closed.getTime() - opened.getTime()) / 1000 }),
    ...(session.close_reason !== null && { endReason: session.close_reason }),
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
  };
}

/** What was written of a publish; what is not as it should be is left out. */
const seen = z.object({
  address: z.string().optional().catch(undefined),
  protocol: z.string().optional().catch(undefined),
  node: z.string().optional().catch(undefined),
  width: z.int().optional().catch(undefined),
  height: z.int().optional().catch(undefined),
});
