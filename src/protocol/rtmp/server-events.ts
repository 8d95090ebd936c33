import type { ConnectInfo } from './command.ts';
import type { MediaKind } from './message.ts';
import type { PushUrlProblem } from './push-url.ts';

/** What a publish or play asks for, with the names already checked. */
export type StreamRequest = {
  readonly requestId: number;
  /** From `vhost=` or the tcUrl; empty when neither names one. */
  readonly host: string;
  readonly app: string;
  readonly streamName: string;
  /** Percent-encoded pairs, without `?`. */
  readonly query: string;
};

export type MediaEvent = {
  readonly type: 'media';
  readonly kind: MediaKind;
  /** Unsigned 32-bit milliseconds as they came. */
  readonly timestamp: number;
  /** An FLV tag body; a view into memory that nothing else uses. */
  readonly payload: Uint8Array;
};

export type RtmpServerEvent =
  | ({ readonly type: 'connect' } & ConnectInfo)
  | ({ readonly type: 'publish'; readonly publishType: string } & StreamRequest)
  | ({ readonly type: 'play'; readonly messageStreamId: number } & StreamRequest)
  /** A name that no rule lets pass; the peer has its answer. */
  | { readonly type: 'refused'; readonly wanted: 'publish' | 'play'; readonly reason: PushUrlProblem | 'BUSY' }
  | MediaEvent
  | { readonly type: 'unpublish' }
  | { readonly type: 'stopPlay' }
  | { readonly type: 'pause'; readonly isPaused: boolean }
  | { readonly type: 'pong'; readonly timestamp: number };

export type RtmpServerLimits = {
  /** Of a connection that publishes nothing. */
  readonly maxIdleMessageBytes: number;
  /** Of the accepted publisher. */
  readonly maxMessageBytes: number;
  readonly maxAssemblyBytes: number;
  readonly maxChunkStreams: number;
  /** In the life of a connection. */
  readonly maxCommands: number;
  /** Messages nobody may send, in the life of a connection. */
  readonly maxIgnoredMessages: number;
  /** What may arrive while a publish or play waits for its decision. */
  readonly maxHeldBytes: number;
};

export const DEFAULT_RTMP_SERVER_LIMITS: RtmpServerLimits = {
  maxIdleMessageBytes: 64 * 1024,
  maxMessageBytes: 8 * 1024 * 1024,
  maxAssemblyBytes: 16 * 1024 * 1024,
  maxChunkStreams: 32,
  maxCommands: 1024,
  maxIgnoredMessages: 1024,
  maxHeldBytes: 1024 * 1024,
};
