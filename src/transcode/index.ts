export { type EncoderKind, type Encoders, type FoundEncoders, findEncoders } from './encoders.ts';
export type { LadderEvent } from './ladder.ts';
export { Ladder, type LadderOptions, type LadderOverview } from './ladder.ts';
export { Ladders, type LaddersOptions } from './ladders.ts';
export { ProcessRecord } from './process-record.ts';
export type { RungOverview, RungState } from './rung.ts';
