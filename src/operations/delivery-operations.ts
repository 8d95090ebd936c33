import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { type CallbackRequest, type CallbackTest, type MediaNote, shownQuery } from '../notify/index.ts';
import type { Match } from '../rules/index.ts';
import type { DeliveryFilter, StoredDelivery } from '../store/index.ts';
import {
  cursorOf,
  keyOfCursor,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageQuery,
} from './base/index.ts';
import { appOf, domainOf } from './resources.ts';
import { streamName, time } from './schemas.ts';

/** What the operations on deliveries need. */
export type DeliveryDoor = {
  readonly list: (filter: DeliveryFilter) => Promise<readonly StoredDelivery[]>;
  readonly find: (id: number) => Promise<StoredDelivery | undefined>;
  /** False while it is being sent. */
  readonly again: (id: number) => Promise<boolean>;
  /** As it would be sent now, without secrets; undefined where the endpoint is no longer in the rules. */
  readonly requestOf: (delivery: StoredDelivery) => CallbackRequest | undefined;
  /** What an endpoint hears of; undefined where there is no such endpoint. */
  readonly matchOf: (endpointId: string) => Match | undefined;
  readonly test: (endpointId: string) => Promise<CallbackTest | undefined>;
  /** The same of an endpoint for assets. */
  readonly testMedia: (endpointId: string) => Promise<CallbackTest | undefined>;
};

const row = z.int().min(1);
const params = z.strictObject({ id: z.coerce.number().pipe(row) });
const endpointId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const state = z.enum(['pending', 'delivered', 'dead']);
const query = pageQuery().extend({
  state: state.optional(),
  endpoint: endpointId.optional().describe('The id of a callback'),
  domain: streamName.optional(),
  app: streamName.optional(),
  stream: streamName.optional(),
  kinds: z
    .string()
    .regex(/^[a-z_]{1,40}(,[a-z_]{1,40}){0,19}$/, { error: 'must be kinds of events, separated by commas' })
    .optional()
    .describe('What happened, such as `publish,publish_done`'),
  from: time.optional().describe('Of what happened from then on'),
  to: time.optional().describe('Of what happened before then'),
});
const text = z.record(z.string(), z.unknown());
const fields = {
  id: row,
  state,
  endpoint: z.string(),
  kind: z.string().describe('What happened, such as `publish`'),
  ...{ domain: z.string(), app: z.string(), stream: z.string() },
  asset: z.string().optional().describe('Whose event it is, where it is of no stream'),
  job: z.string().optional().describe('The same of a job'),
  at: time.describe('When it happened'),
  attempts: z.int(),
  nextAttemptAt: time.optional().describe('Of pending ones'),
  finishedAt: time.optional(),
  lastStatus: z.int().optional(),
  lastError: z.string().optional(),
};
const delivery = z.strictObject(fields).meta({ id: 'Delivery' });
const wholeDelivery = z
  .strictObject({
    ...fields,
    eventId: z.string(),
    sessionId: z.string(),
    data: text.describe('What the event says'),
    tries: z.array(
      z.strictObject({ at: time, durationMs: z.int(), status: z.int().optional(), error: z.string().optional() }),
    ),
    request: z
      .strictObject({
        method: z.enum(['GET', 'POST']),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        body: z.string().optional(),
      })
      .optional()
      .describe('As it is sent by the rules of now, its signature left out; none where the endpoint is gone'),
  })
  .meta({ id: 'WholeDelivery' });
const tested = z
  .strictObject({
    isTaken: z.boolean().describe('Whether a callback answered like this counts as delivered'),
    durationMs: z.int(),
    status: z.int().optional(),
    excerpt: z.string().optional().describe('The beginning of the answer'),
    error: z.string().optional().describe('Why there was no answer'),
  })
  .meta({ id: 'CallbackTest' });

const area = 'Callbacks';

/** Callbacks on their way, delivered and given up. */
export function deliveryOperations(door: DeliveryDoor): readonly Operation[] {
  const found = async (id: number) => {
    const stored = await door.find(id);
    if (stored) return stored;
    throw notFound('DELIVERY_NOT_FOUND', 'there is no such delivery', 'List the deliveries; old ones are removed.');
  };
  return [
    operation({
      ...{ name: 'listDeliveries', area, method: 'get', path: '/deliveries', action: 'callbacks:read' },
      summary: 'Callbacks that wait, were delivered or were given up, the newest first',
      query,
      answer: z.strictObject({ deliveries: z.array(delivery), nextCursor }),
      run: async ({ query: { cursor, kinds, from, to, ...asked }, permits }) => {
        const rows = await door.list({
          ...asked,
          kinds: kinds?.split(','),
          from: from === undefined ? undefined : new Date(from),
          to: to === undefined ? undefined : new Date(to),
          before: keyOfCursor(cursor, row),
        });
        const last = rows.length === asked.limit ? rows.at(-1) : undefined;
        const shown = rows.filter(({ event }) => permits(appOf(event))).map(summary);
        return { deliveries: shown, ...(last && { nextCursor: cursorOf(last.delivery.id) }) };
      },
    }),
    operation({
      ...{ name: 'getDelivery', area, method: 'get', path: '/deliveries/{id}', action: 'callbacks:read' },
      summary: 'A callback with its tries and what is sent',
      params,
      answer: wholeDelivery,
      run: async ({ params: { id }, require }) => {
        const stored = await found(id);
        require(appOf(stored.event));
        return whole(stored, door.requestOf(stored));
      },
    }),
    operation({
      ...{ name: 'redeliver', area, method: 'post', path: '/deliveries/{id}/redeliver' },
      action: 'callbacks:redeliver',
      summary: 'Sends a callback again, before later ones of the same stream',
      params,
      answer: delivery,
      status: 202,
      run: async ({ params: { id }, require, done }) => {
        const { event, delivery: before } = await found(id);
        require(appOf(event));
        if (!(await door.again(id))) {
          throw new OperationError(409, 'UNDER_WAY', 'the callback is being sent just now', 'Look again in a moment.');
        }
        done(appOf(event), { delivery: id, endpoint: before.endpoint_id, was: before.state });
        return summary(await found(id));
      },
    }),
    operation({
      ...{ name: 'testCallback', area, method: 'post', path: '/callbacks/{id}/test' },
      action: 'callbacks:redeliver',
      summary: 'Tells an endpoint of a stream that nobody publishes',
      description: 'It is a `publish` of `test/headwater-test`, in the form of the endpoint and signed, sent once.',
      params: z.strictObject({ id: endpointId }),
      answer: tested,
      run: async ({ params: { id }, require, done }) => {
        const match = door.matchOf(id);
        if (match) require(domainOf(match));
        const result = match && (await door.test(id));
        if (!result) throw notFound('CALLBACK_NOT_FOUND', 'there is no such callback', 'List the callbacks.');
        done(domainOf(match), { callback: id, test: result.status ?? result.error });
        return { ...result, durationMs: Math.round(result.durationMs) };
      },
    }),
    operation({
      ...{ name: 'testMediaCallback', area, method: 'post', path: '/media-callbacks/{id}/test' },
      action: 'callbacks:redeliver',
      summary: 'Tells an endpoint of the upload of an asset that is not there',
      description:
        'It is an `asset_uploaded` of an asset whose id is all zeros, in the form of the endpoint and signed, sent once.',
      params: z.strictObject({ id: endpointId }),
      answer: tested,
      run: async ({ params: { id }, require, done }) => {
        require(SERVER);
        const result = await door.testMedia(id);
        if (!result) throw notFound('CALLBACK_NOT_FOUND', 'there is no such callback', 'List the callbacks of assets.');
        done(SERVER, { callback: id, test: result.status ?? result.error });
        return { ...result, durationMs: Math.round(result.durationMs) };
      },
    }),
  ];
}

function summary({ delivery: each, event }: StoredDelivery): z.input<typeof delivery> {
  return {
    ...{ id: each.id, state: each.state, endpoint: each.endpoint_id, kind: event.kind },
    ...{ domain: event.domain, app: event.app, stream: event.stream, at: event.at.toISOString() },
    ...subjectOf(event.data),
    attempts: each.attempts,
    ...(each.state === 'pending' && { nextAttemptAt: each.next_attempt_at.toISOString() }),
    ...(each.finished_at && { finishedAt: each.finished_at.toISOString() }),
    ...(each.last_status !== null && { lastStatus: each.last_status }),
    ...(each.last_error !== null && { lastError: each.last_error }),
  };
}

function subjectOf({ media }: Readonly<Record<string, unknown>>): { asset?: string; job?: string } {
  const { asset, job } = (media ?? {}) as MediaNote;
  if (asset) return { asset: asset.id };
  return job ? { job: job.id } : {};
}

function whole(stored: StoredDelivery, request: CallbackRequest | undefined): z.input<typeof wholeDelivery> {
  const { event, delivery: each } = stored;
  const more = { eventId: event.id, sessionId: event.session_id, data: shownData(event.data), tries: [...each.tries] };
  return { ...summary(stored), ...more, ...(request && { request }) };
}

/** The publisher's query has been shown to receivers without its lasting keys, and so it is here. */
function shownData({ query: asked, ...data }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return typeof asked === 'string' ? { ...data, query: shownQuery(asked) } : data;
}
