import type { UsageDimension, UsagePoint } from '../usage/index.ts';
import type { Quantity } from './bill.ts';
import type { CostItem } from './price-list.ts';

const GIGABYTE = 1e9;

type Aspect = {
  readonly by: readonly UsageDimension[];
  readonly of: (point: UsagePoint) => readonly Quantity[];
};

/** What prices tell apart; each is a question of its own, as usage has doors and templates apart. */
export const ASPECTS: readonly Aspect[] = [
  { by: [], of: placeQuantities },
  { by: ['door'], of: doorQuantities },
  { by: ['template'], of: templateQuantities },
];

function placeQuantities(point: UsagePoint): Quantity[] {
  const of = (item: CostItem, quantity: number) => ({ ...subjectOf(point), item, quantity });
  return [
    of('ingest-gb', point.ingestBytes / GIGABYTE),
    of('recorded-gb', point.recordedBytes / GIGABYTE),
    of('time-shift-gb', point.timeShiftBytes / GIGABYTE),
    of('snapshot-1000', point.snapshots / 1000),
  ];
}

function doorQuantities(point: UsagePoint): Quantity[] {
  const of = (item: CostItem, quantity: number) => ({ ...subjectOf(point), item, quantity, door: point.door });
  return [
    of('egress-gb', point.egressBytes / GIGABYTE),
    of('viewer-hour', point.viewerSeconds / 3600),
    of('request-10000', point.requests / 10_000),
  ];
}

function templateQuantities(point: UsagePoint): Quantity[] {
  const { template, transcodeSeconds } = point;
  return [{ ...subjectOf(point), item: 'transcode-minute', quantity: transcodeSeconds / 60, template }];
}

function subjectOf({ domain = '', app = '', stream = '', tag }: UsagePoint) {
  return { domain, app, stream, tag };
}
