export { type Progress, type RehearsalOptions, rehearse } from './audience.ts';
export { mixOf } from './mix.ts';
export { rehearsalText, reportOf } from './report.ts';
export type { ViewerAddress } from './viewer.ts';
export type { RehearsedDoor } from './viewing.ts';
