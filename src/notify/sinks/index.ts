export type { EventSink } from './event-sink.ts';
export { type NatsSinkOptions, natsSink } from './nats-sink.ts';
export { type RedisSinkOptions, redisSink } from './redis-sink.ts';
