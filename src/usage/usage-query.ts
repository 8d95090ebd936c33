import type { Store } from '../store/index.ts';
import type { UsageDimension, UsagePoint, UsageQuery } from './usage-point.ts';
import { SCOPE_NUMBERS, type UsageScope } from './usage-row.ts';
import { GRAINS } from './usage-tables.ts';

/** Which rows a query is about: those of a scope, and of these whose names it wants. */
export type Selection = {
  readonly scope: UsageScope;
  readonly where: string;
  readonly values: readonly unknown[];
  readonly names: readonly string[];
};

/** Added up as float8, which is exact up to 2^53 and needs no numbers of any length on the way. */
const MEASURES = `
  coalesce(sum(bytes::float8) filter (where kind = 'egress'), 0) as "egressBytes",
  coalesce(sum(secure_bytes::float8) filter (where kind = 'egress'), 0) as "secureEgressBytes",
  coalesce(sum(peak_bytes::float8) filter (where kind = 'egress'), 0) as "peakEgressBytesPerMinute",
  coalesce(sum(seconds) filter (where kind = 'egress'), 0) as "viewerSeconds",
  coalesce(sum(peak::float8) filter (where kind = 'egress'), 0) as "peakViewers",
  coalesce(sum(count::float8) filter (where kind = 'egress'), 0) as "sessions",
  coalesce(sum(count::float8) filter (where kind = 'requests'), 0) as "requests",
  coalesce(sum(bytes::float8) filter (where kind = 'publish' and detail = ''), 0) as "ingestBytes",
  coalesce(sum(seconds) filter (where kind = 'publish' and detail = ''), 0) as "publishSeconds",
  coalesce(sum(count::float8) filter (where kind = 'publish' and detail = ''), 0) as "publishes",
  coalesce(sum(bytes::float8) filter (where kind = 'publish' and detail = 'video'), 0) as "videoBytes",
  coalesce(sum(bytes::float8) filter (where kind = 'publish' and detail = 'audio'), 0) as "audioBytes",
  coalesce(sum(count::float8) filter (where kind = 'publish' and detail = 'video'), 0) as "videoFrames",
  coalesce(sum(count::float8) filter (where kind = 'publish' and detail = 'audio'), 0) as "audioFrames",
  coalesce(sum(seconds) filter (where kind = 'transcode'), 0) as "transcodeSeconds",
  coalesce(sum(bytes::float8) filter (where kind = 'record'), 0) as "recordedBytes",
  coalesce(sum(seconds) filter (where kind = 'record'), 0) as "recordedSeconds",
  coalesce(sum(count::float8) filter (where kind = 'snapshot'), 0) as "snapshots",
  coalesce(sum(bytes::float8) filter (where kind = 'time-shift'), 0) as "timeShiftBytes",
  coalesce(sum(seconds) filter (where kind = 'time-shift'), 0) as "timeShiftSeconds"`;

/** What was used, in the order of time and then of the names in `by`. */
export async function queryUsage(store: Store, query: UsageQuery, nowMs: number): Promise<UsagePoint[]> {
  const { table, ms } = GRAINS[query.grain];
  const { where, values, names } = selectionOf(query);
  const columns = names.map((name) => `, ${name}`).join('');
  // By bytes: by the rules of a language, the order of names took longer than the sums.
  const order = ['at', ...names.map((name) => `${unnamed(name)} collate "C"`)].join(', ');
  const page = query.limit === undefined ? '' : ` limit ${Number(query.limit)} offset ${Number(query.offset ?? 0)}`;
  const text = `select at${columns}, ${MEASURES} from ${table} where ${where} group by at${groups(names)}
    order by ${order}${page}`;
  type Row = Omit<UsagePoint, 'at' | 'averageViewers'> & { readonly at: Date };
  const rows = await store.query<Row>(text, values);
  // They are ours: copies of so many fields cost as much as the database does.
  return rows.map((row) => {
    const at = row.at.getTime();
    const seconds = Math.max(1, Math.min(ms, nowMs - at)) / 1000;
    return Object.assign(row, { at, averageViewers: row.viewerSeconds / seconds });
  });
}

function groups(names: readonly string[]): string {
  return names.map((name) => `, ${unnamed(name)}`).join('');
}

/** A column without the name that it is given in the answer. */
function unnamed(name: string): string {
  return name.split(' as ')[0] ?? name;
}

/** The names that rows of a scope do not have; said too, the database finds them by the beginning of its index. */
const EMPTY_NAMES: Readonly<Record<UsageScope, readonly string[]>> = {
  ...{ stream: [], tag: [], app: ['stream'], domain: ['app', 'stream'], server: ['domain', 'app', 'stream'] },
};

/**
 * The rows that add up to what is asked for, each of them once.
 *
 * @param only these kinds, or rows of different viewers, which have no kinds
 */
export function selectionOf(query: UsageQuery, only?: readonly string[] | 'viewers'): Selection {
  const { by, domain, app, stream, template, door, tag, from, to } = query;
  const scope = scopeOf(query);
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const isByTemplate = by.includes('template') || template !== undefined;
  const isByDoor = by.includes('door') || door !== undefined;
  const conditions = [`scope = ${SCOPE_NUMBERS[scope]}`, ...EMPTY_NAMES[scope].map((name) => `${name} = ''`)];
  if (domain !== undefined) {
    conditions.push(
      typeof domain === 'string' ? `domain = ${value(domain)}` : `domain = any(${value(domain)}::text[])`,
    );
  }
  if (app !== undefined) conditions.push(`app = ${value(app)}`);
  if (stream !== undefined) conditions.push(`stream = ${value(stream)}`);
  if (tag !== undefined) conditions.push(tagCondition(tag, value));
  conditions.push(`at >= ${value(new Date(from))}`, `at < ${value(new Date(to))}`);
  if (only === undefined) conditions.push(egressCondition(scope, isByDoor, isByTemplate));
  else if (only !== 'viewers') conditions.push(`kind = any(${value(only)}::text[])`);
  if (door !== undefined) conditions.push(`door = ${value(door)}`);
  if (template !== undefined) conditions.push(`template = ${value(template)}`);
  return { scope, where: conditions.join(' and '), values, names: by.map(columnOf) };
}

/** Rows of egress are there as sums already; those of other kinds are not, and some are of no door or template. */
function egressCondition(scope: UsageScope, isByDoor: boolean, isByTemplate: boolean): string {
  if (!isByDoor && !isByTemplate) return `(kind <> 'egress' or (door = '' and template = ''))`;
  const leaves = `kind = 'egress' and door <> '' and template ${isByTemplate || scope === 'stream' ? '<>' : '='} ''`;
  if (isByDoor && isByTemplate) return leaves;
  return `(${leaves} or kind = '${isByDoor ? 'requests' : 'transcode'}')`;
}

function tagCondition(tag: string, value: (given: unknown) => string): string {
  return tag.includes(':') ? `stream = ${value(tag)}` : `starts_with(stream, ${value(`${tag}:`)})`;
}

function columnOf(dimension: UsageDimension): string {
  return dimension === 'tag' ? 'stream as tag' : dimension;
}

/** The coarsest sums that still tell apart what is asked for. */
function scopeOf({ by, domain, app, stream, tag }: UsageQuery): UsageScope {
  if (by.includes('tag') || tag !== undefined) return 'tag';
  if (by.includes('stream') || stream !== undefined) return 'stream';
  if (by.includes('app') || app !== undefined) return 'app';
  return by.includes('domain') || domain !== undefined ? 'domain' : 'server';
}
