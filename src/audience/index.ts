export { type AddressForm, keptAddress } from './address-form.ts';
export { HeavyHitters, type Hitter } from './heavy-hitters.ts';
export { type OverSession, OverSessions, type OverSessionsOptions } from './over-sessions.ts';
export { keepSessionFiles, removeOldStored, type SessionKeepingOptions } from './session-keeping.ts';
export { SessionLog, type SessionLogOptions } from './session-log.ts';
export { bytesOf, type PlayerTotals, recordOf, type SessionRecord } from './session-record.ts';
export { readTop, writeTop } from './top-file.ts';
export { type DomainTop, TOP_KINDS, type TopKind, TopTraffic } from './top-traffic.ts';
export { TrafficSampler } from './traffic-sampler.ts';
