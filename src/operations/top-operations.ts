import { z } from 'zod';
import type { DomainTop, TopKind } from '../audience/index.ts';
import { TOP_KINDS } from '../audience/index.ts';
import { type Operation, OperationError, operation } from './base/index.ts';
import { nodeQuery } from './node-operations.ts';
import { appOf, domainOf } from './resources.ts';
import { isoOf, streamName, time } from './schemas.ts';

/** What the operation on the top of the traffic needs. */
export type TopDoor = {
  readonly wallMs: () => number;
  readonly since: (
    by: TopKind,
    sinceMs: number,
  ) => Promise<{ readonly fromMs: number | undefined; readonly domains: readonly DomainTop[] }>;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const query = nodeQuery.extend({
  by: z.enum(TOP_KINDS).describe('`address` gives networks, unless `audience.addresses` says otherwise'),
  since: time.optional().describe('Within the last day; an hour ago where left out'),
  domain: streamName.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

const entry = z
  .strictObject({
    domain: z.string(),
    value: z
      .string()
      .describe('`app/stream`, an address or network, a site, or what players call themselves; empty where not said'),
    bytes: z.number().describe('Media bytes, at most'),
    uncertainBytes: z.number().describe('So much of `bytes` may be of others: the lists have places for a few hundred'),
    share: z.number().describe('Of all bytes of the domain in this time, 0 to 1'),
  })
  .meta({ id: 'TopEntry' });

const answer = z
  .strictObject({
    by: z.enum(TOP_KINDS),
    from: time.optional().describe('When counting began: up to ten minutes, for hours past an hour, before `since`'),
    until: time,
    totalBytes: z.number(),
    entries: z.array(entry),
  })
  .meta({ id: 'TopTraffic' });

/** Who or what gets the most. */
export function topOperations(door: TopDoor): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'topTraffic', area: 'Usage', method: 'get', path: '/usage/top', action: 'usage:read' },
      summary: 'Streams, addresses, sites or players by the bytes that they were sent',
      description: 'Of one node, over the last hour or day. Lists are bounded; what is large is there for certain.',
      query,
      answer,
      run: async ({ query: { by, since, domain, limit }, permits }) => {
        const nowMs = door.wallMs();
        const sinceMs = since === undefined ? nowMs - HOUR_MS : Date.parse(since);
        if (sinceMs > nowMs || sinceMs < nowMs - DAY_MS - HOUR_MS) throw outOfReach();
        const { fromMs, domains } = await door.since(by, sinceMs);
        const asked = domains.filter((each) => domain === undefined || each.domain === domain);
        const seen = asked.filter((each) => permits(domainOf(each)));
        const entries = asked
          .flatMap(({ domain, totalBytes, top }) => top.map((hitter) => ({ domain, totalBytes, ...hitter })))
          .filter((each) => permits(domainOf(each)) || (by === 'stream' && permits(appOf(streamAppOf(each)))))
          .sort((a, b) => b.bytes - a.bytes)
          .slice(0, limit);
        return {
          by,
          ...(fromMs !== undefined && { from: isoOf(fromMs) }),
          until: isoOf(nowMs),
          totalBytes: seen.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
          entries: entries.map(({ totalBytes, ...each }) => ({
            ...each,
            share: totalBytes && each.bytes / totalBytes,
          })),
        };
      },
    }),
  ];
}

function streamAppOf({ domain, value }: { readonly domain: string; readonly value: string }) {
  return { domain, app: value.slice(0, value.lastIndexOf('/')) };
}

function outOfReach(): OperationError {
  const remedy = 'Leave it out for the last hour; usage by minute, hour and day goes back further.';
  return new OperationError(400, 'OUT_OF_REACH', '`since` is not within the last day', remedy);
}
