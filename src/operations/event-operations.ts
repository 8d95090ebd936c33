import { z } from 'zod';
import { type Operation, operation } from './base/index.ts';
import type { EventFeed, EventFeedPage } from './event-feed.ts';
import { appOf } from './resources.ts';
import { time } from './schemas.ts';

/** What the operations on events need. */
export type EventDoor = {
  readonly after: EventFeed['after'];
  /** The cursor before the first event at or after `since`, or after the last one. */
  readonly cursorAt: (since?: Date) => Promise<number>;
};

const MOST_EVENTS = 1000;
const MAX_WAIT_SECONDS = 30;
/** Long polls at once; more are answered without waiting. */
const MAX_WAITING = 100;

const position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const query = z.strictObject({
  after: z
    .union([z.literal('latest'), position])
    .default(0)
    .describe('`cursor` of the answer before, or `latest`'),
  since: time.optional().describe('In place of `after`: events from then on'),
  waitSeconds: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(0)
    .describe('Where there is none, wait so long for one, 30 s at most'),
  limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(MOST_EVENTS).describe('How many at most'),
});
/** An event as it is told. */
export const eventSchema = z
  .strictObject({
    position: z.int().describe('Grows with each'),
    id: z.string(),
    node_id: z.string(),
    node_sequence: z.int(),
    session_id: z.string(),
    kind: z.string(),
    ordinal: z.int(),
    domain: z.string(),
    ingest_domain: z.string(),
    app: z.string(),
    stream: z.string(),
    at: time,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
/** What happened. */
export function eventOperations(door: EventDoor): readonly Operation[] {
  let waiting = 0;
  const next = async (from: number, limit: number, waitMs: number, signal: AbortSignal): Promise<EventFeedPage> => {
    waiting++;
    try {
      return await door.after(from, limit, { waitMs: waiting > MAX_WAITING ? 0 : waitMs, signal });
    } finally {
      waiting--;
    }
  };
  return [
    operation({
      ...{ name: 'listEvents', area: 'Events', method: 'get', path: '/events', action: 'events:read' },
      summary: 'What happened, the oldest first; waits for the next where it is told to',
      query,
      answer: z.strictObject({
        events: z.array(eventSchema),
        cursor: z.int().describe('What to go on after, whether or not there were events'),
      }),
      run: async ({ query: { after, since, waitSeconds, limit }, permits, signal }) => {
        const isCounted = since === undefined && after !== 'latest';
        const from = isCounted ? after : await door.cursorAt(since === undefined ? undefined : new Date(since));
        const waitMs = Math.min(waitSeconds, MAX_WAIT_SECONDS) * 1000;
        const { events, cursor } = await next(from, limit, waitMs, signal);
        return { events: events.filter((each) => permits(appOf(each))).map(shownEvent), cursor };
      },
    }),
  ];
}

function shownEvent({ at, ...rest }: EventFeedPage['events'][number]) {
  return { ...rest, at: at.toISOString() };
}
