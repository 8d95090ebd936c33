import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import type { StreamId } from '../live/index.ts';
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
  /** Bytes of a recording went to somebody who downloads it. */
  readonly downloaded: (id: StreamId, sizeBytes: number) => void;
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
        const { query, asked, page } = pageOf(call, door);
        const points = await door.usage.points(query);
        return { ...shownSpan(asked), points: points.map(shownAt), ...page(points) };
      },
    }),
    operation({
      ...{ ...shared, name: 'getUsageDetails', path: '/usage/details' },
      summary: 'Answers by status, transcoding by codec and resolution, or recordings by format',
      query: pagedUsageQuery.extend({ kind }),
      answer: z.strictObject({ ...span, details: z.array(usageDetail), nextCursor }),
      run: async (call) => {
        const { query, asked, page } = pageOf(call, door);
        const details = await door.usage.details(call.query.kind, query);
        return { ...shownSpan(asked), details: details.map(shownAt), ...page(details) };
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

/** Where a page ended. */
const place = z.strictObject({ from: z.int().min(0), to: z.int().min(0), offset: z.int().min(0).max(1e9) });

type PagedCall = Call<unknown, z.output<typeof pagedUsageQuery>>;

function pageOf(call: PagedCall, door: UsageDoor) {
  const { limit, cursor, ...given } = call.query;
  const { kind: _, ...named } = given as typeof given & { readonly kind?: unknown };
  const asksFor = permittedUsage(named, call, door);
  const { from, to, offset } = keyOfCursor(cursor, place) ?? { ...asksFor, offset: 0 };
  const asked = { ...asksFor, to: Math.min(to, asksFor.to) };
  const query = { ...asked, from: Math.max(from, asksFor.from), offset, limit };
  return { query, asked, page: pageBehind(query) };
}

/** The next page begins with the span that this one ended in, behind what it had of that. */
function pageBehind({ to, from, offset, limit }: UsageQuery & { readonly offset: number; readonly limit: number }) {
  return (points: readonly { readonly at: number }[]) => {
    const last = points.at(-1);
    if (!last || points.length < limit) return {};
    const inLast = points.filter(({ at }) => at === last.at).length;
    const before = last.at === from ? offset : 0;
    return { nextCursor: cursorOf({ from: last.at, to, offset: before + inLast }) };
  };
}

const shownSpan = ({ from, to, grain }: UsageQuery) => ({ from: isoOf(from), to: isoOf(to), grain });

function shownAt<T extends { readonly at: number }>({ at, ...rest }: T) {
  return { at: isoOf(at), ...rest };
}
