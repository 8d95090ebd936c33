export type * from './beacon-types.ts';
export * from './beacons.ts';
export * from './frame-counter.ts';
export * from './viewing-meter.ts';
