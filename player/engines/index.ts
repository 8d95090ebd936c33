export * from './buffer.ts';
export type * from './engine.ts';
export * from './open-engine.ts';
export * from './protocol.ts';
