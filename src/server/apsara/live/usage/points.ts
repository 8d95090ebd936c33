import type { Ask } from '../../../../operations/index.ts';
import { everyPage } from '../../base/index.ts';
import type { Asked } from './span.ts';

/** As `getUsage` has it; numbers that no action needs are left out. */
export type Point = {
  readonly at: string;
  readonly domain?: string;
  readonly app?: string;
  readonly stream?: string;
  readonly door?: string;
  readonly egressBytes: number;
  readonly secureEgressBytes: number;
  readonly averageViewers: number;
  readonly peakViewers: number;
  readonly uniqueViewers?: number;
  readonly sessions: number;
  readonly requests: number;
  readonly ingestBytes: number;
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly videoFrames: number;
  readonly audioFrames: number;
  readonly publishSeconds: number;
  readonly snapshots: number;
  readonly timeShiftBytes: number;
};

export type Detail = {
  readonly at: string;
  readonly domain?: string;
  readonly app?: string;
  readonly stream?: string;
  readonly detail: string;
  readonly seconds: number;
  readonly count: number;
};

type Where = { readonly domain?: string; readonly app?: string | undefined; readonly stream?: string | undefined };

const PAGE = 5000;

/** Usage of the domains together, or of all the key may see; told apart by what `by` names. */
export async function usagePoints(
  ask: Ask,
  { query }: Asked,
  by: string,
  domains?: readonly string[],
  where: Where = {},
): Promise<Point[]> {
  const all = await Promise.all(
    domainsOf(domains).map((domain) =>
      everyPage<Point>(ask, 'getUsage', 'points', { ...query, by, limit: PAGE, ...where, ...domain }),
    ),
  );
  return all.flat();
}

export async function usageDetails(
  ask: Ask,
  { query }: Asked,
  kind: 'requests' | 'transcode' | 'record',
  by: string,
  domains?: readonly string[],
  where: Where = {},
): Promise<Detail[]> {
  const all = await Promise.all(
    domainsOf(domains).map((domain) =>
      everyPage<Detail>(ask, 'getUsageDetails', 'details', { ...query, kind, by, limit: PAGE, ...where, ...domain }),
    ),
  );
  return all.flat();
}

function domainsOf(domains: readonly string[] | undefined): readonly Where[] {
  return domains === undefined || domains.length === 0 ? [{}] : domains.map((domain) => ({ domain }));
}

/** One value for each span of time, added up, in their order. */
export function summed<T extends { readonly at: string }>(
  points: readonly T[],
  values: (point: T) => Readonly<Record<string, number>>,
): { readonly at: string; readonly sums: Readonly<Record<string, number>> }[] {
  const spans = new Map<string, Record<string, number>>();
  for (const point of points) {
    const sums = spans.get(point.at) ?? {};
    spans.set(point.at, sums);
    for (const [name, value] of Object.entries(values(point))) sums[name] = (sums[name] ?? 0) + value;
  }
  return [...spans].sort(([a], [b]) => a.localeCompare(b)).map(([at, sums]) => ({ at, sums }));
}
