import type { EstimateRule } from '../rules/index.ts';
import type { Quantity } from './bill.ts';

/** A show as it is planned, wherever it is written down. */
export type Plan = Pick<
  EstimateRule,
  'domain' | 'app' | 'viewers' | 'hours' | 'bitrateKbps' | 'rungs' | 'door' | 'recordedCopies' | 'snapshots'
> & { readonly stream?: string | undefined };

const SECONDS_PER_HOUR = 3600;
/** Kilobits a second over a second, in gigabytes. */
const GIGABYTES_PER_KILOBIT = 1000 / 8 / 1e9;

/** How much a show will use: viewers by bitrate by hours, each rendition by its share of them. */
export function plannedQuantities(plan: Plan): Quantity[] {
  const { domain, app, stream = '', door, viewers, hours, bitrateKbps, rungs, recordedCopies, snapshots } = plan;
  const subject = { domain, app, stream };
  const gigabytes = (kbps: number) => kbps * GIGABYTES_PER_KILOBIT * hours * SECONDS_PER_HOUR;
  const shared = rungs.reduce((sum, { viewersPercent }) => sum + viewersPercent, 0);
  const played = [...rungs, { bitrateKbps, viewersPercent: Math.max(0, 100 - shared) }];
  const egress = played.reduce(
    (sum, each) => sum + (viewers * each.viewersPercent * gigabytes(each.bitrateKbps)) / 100,
    0,
  );
  return [
    { ...subject, item: 'ingest-gb', quantity: gigabytes(bitrateKbps) },
    { ...subject, item: 'egress-gb', quantity: egress, door },
    { ...subject, item: 'viewer-hour', quantity: viewers * hours, door },
    ...rungs.map(({ template }) => ({ ...subject, item: 'transcode-minute' as const, quantity: hours * 60, template })),
    { ...subject, item: 'recorded-gb', quantity: recordedCopies * gigabytes(bitrateKbps) },
    { ...subject, item: 'snapshot-1000', quantity: snapshots / 1000 },
  ];
}
