export { type ByteRange, byteRangeOf } from './byte-range.ts';
export { limitConnections, limitRequests, type RequestLimits } from './limit-requests.ts';
export { refuseUpgrade } from './refuse-upgrade.ts';
export { type RangedObject, sendRanged } from './send-ranged.ts';
