import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import type { Usage, UsageQuery } from '../usage/index.ts';
import { type Call, cursorOf, keyOfCursor, nextCursor, type Operation, operation } from './base/index.ts';
import { appOf, domainOf } from './resources.ts';
import { isoOf, time } from './schemas.ts';
import {
  type AskedUsage,
  grainSchema,
  pagedUsageQuery,
  usageDetail,
  usagePoint,
  usageQueryOf,
} from './usage-schema.ts';

/** What the operations on usage need. */
export type UsageDoor = {
  readonly usage: Pick<Usage, 'points' | 'details'>;
  /** The domains that there are. */
  readonly domains: () => readonly string[];
  readonly wallMs: () => number;
};

const span = { from: time, to: time, grain: grainSchema };
const kind = z.enum(['requests', 'transcode', 'record']);

/** What was delivered and done. */
export function usageOperations(door: UsageDoor): readonly Operation[] {
  const shared = { area: 'Usage', method: 'get', action: 'usage:read' } as const;
  return [
    operation({
      ...{ ...shared, name: 'getUsage', path: '/usage' },
      summary: 'What was delivered and done: traffic, viewers, ingest, transcoding, recordings',
      description:
        'By minute, five minutes, hour or day, up to the last whole minute. Spans and names of which nothing is to be ' +
        'said are left out.',
      query: pagedUsageQuery,
      answer: z.strictObject({ ...span, points: z.array(usagePoint), nextCursor }),
      run: async (call) => {
        const { query, page } = pageOf(call, door);
        const points = await door.usage.points(query);
        return { ...shownSpan(query), points: points.map(shownAt), ...page(points.length) };
      },
    }),
    operation({
      ...{ ...shared, name: 'getUsageDetails', path: '/usage/details' },
      summary: 'Answers by status, transcoding by codec and resolution, or recordings by format',
      query: pagedUsageQuery.extend({ kind }),
      answer: z.strictObject({ ...span, details: z.array(usageDetail), nextCursor }),
      run: async (call) => {
        const { query, page } = pageOf(call, door);
        const details = await door.usage.details(call.query.kind, query);
        return { ...shownSpan(query), details: details.map(shownAt), ...page(details.length) };
      },
    }),
  ];
}

/** What the caller asks for, within what he may see; throws where that is nothing of it. */
export function permittedUsage(
  asked: AskedUsage,
  { permits, require }: Pick<Call, 'permits' | 'require'>,
  { domains, wallMs }: Pick<UsageDoor, 'domains' | 'wallMs'>,
): UsageQuery {
  const { domain, app } = asked;
  const query = usageQueryOf(asked, wallMs());
  if (domain !== undefined) {
    require(app === undefined ? domainOf({ domain }) : appOf({ domain, app }));
    return query;
  }
  if (permits(SERVER)) return query;
  const mine = domains().filter((each) => permits(domainOf({ domain: each })));
  if (mine.length === 0) require(SERVER);
  return { ...query, domain: mine };
}

type PagedCall = Call<unknown, z.output<typeof pagedUsageQuery>>;

function pageOf(call: PagedCall, door: UsageDoor) {
  const { limit, cursor, ...asked } = call.query;
  const { kind: _, ...named } = asked as typeof asked & { readonly kind?: unknown };
  const offset = keyOfCursor(cursor, z.int().min(0)) ?? 0;
  const query = { ...permittedUsage(named, call, door), limit, offset };
  const page = (count: number) => (count === limit ? { nextCursor: cursorOf(offset + count) } : {});
  return { query, page };
}

const shownSpan = ({ from, to, grain }: UsageQuery) => ({ from: isoOf(from), to: isoOf(to), grain });

function shownAt<T extends { readonly at: number }>({ at, ...rest }: T) {
  return { at: isoOf(at), ...rest };
}
