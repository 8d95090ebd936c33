export * from './buffer.ts';
export type * from './engine.ts';
export * from './first-picture.ts';
export * from './load-engine.ts';
export * from './protocol.ts';
export { spriteUrlOf } from './timeline.ts';
