export { type ApsaraDoor, apsaraDoor } from './apsara-door.ts';
export type { Service } from './base/index.ts';
export { LIVE } from './live/index.ts';
