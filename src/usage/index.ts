export { Accountant, type AccountantOptions } from './accountant.ts';
export { StreamCounters } from './stream-counters.ts';
export { Usage } from './usage.ts';
export type { DetailedKind, UsageDetail } from './usage-details.ts';
export { type CountedViewer, type SentBytes, UsageMeter, type UsagePlace } from './usage-meter.ts';
export { USAGE_DIMENSIONS, type UsageDimension, type UsagePoint, type UsageQuery } from './usage-point.ts';
export {
  SOURCE,
  USAGE_DOORS,
  type UsageBatch,
  type UsageDoor,
  type UsageKind,
  type UsageRow,
  type UsageStream,
} from './usage-row.ts';
export { GRAINS, type UsageGrain, type UsageKeep } from './usage-tables.ts';
