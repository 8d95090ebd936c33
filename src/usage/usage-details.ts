import type { Store } from '../store/index.ts';
import type { UsageQuery } from './usage-point.ts';
import { selectionOf } from './usage-query.ts';
import type { UsageKind } from './usage-row.ts';
import { GRAINS } from './usage-tables.ts';

/** What has a detail: answers their status, transcoding its codec and resolution, recordings their format. */
export type DetailedKind = Extract<UsageKind, 'requests' | 'transcode' | 'record'>;

/** One detail of one span, by what the query tells apart. */
export type UsageDetail = {
  /** The start of the span, in Unix milliseconds. */
  readonly at: number;
  readonly domain?: string;
  readonly app?: string;
  readonly stream?: string;
  readonly door?: string;
  readonly template?: string;
  readonly tag?: string;
  /** `404`; `h264 1280x720`; `mp4`. */
  readonly detail: string;
  readonly bytes: number;
  readonly seconds: number;
  /** Answers, or files. */
  readonly count: number;
};

/** What was used of one kind, by its details. */
export async function queryDetails(store: Store, kind: DetailedKind, query: UsageQuery): Promise<UsageDetail[]> {
  const { table } = GRAINS[query.grain];
  const { where, values, names } = selectionOf(query, [kind]);
  const columns = names.map((name) => `, ${name}`).join('');
  const grouped = names.map((name) => `, ${name.split(' as ')[0]}`).join('');
  const order = ['at', ...query.by.map((name) => `"${name}"`), 'detail'].join(', ');
  const page = query.limit === undefined ? '' : ` limit ${Number(query.limit)} offset ${Number(query.offset ?? 0)}`;
  const text = `select at${columns}, detail, sum(bytes)::float8 as bytes, sum(seconds) as seconds,
      sum(count)::float8 as count
    from ${table} where ${where} group by at${grouped}, detail order by ${order}${page}`;
  const rows = await store.query<Omit<UsageDetail, 'at'> & { readonly at: Date }>(text, values);
  return rows.map(({ at, ...row }) => ({ ...row, at: at.getTime() }));
}
