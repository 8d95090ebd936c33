export type StreamEventKind = 'publish' | 'publish_done' | 'stream_interrupted' | 'stream_resumed' | 'stream_ended';

/** What an event says beyond who and when; only what is known is set. */
export type StreamEventData = {
  /** The publisher's own address. */
  readonly address?: string;
  /** The publisher's query as it was sent. */
  readonly query?: string;
  /** The node that took the stream. */
  readonly node?: string;
  readonly protocol?: string;
  readonly width?: number;
  readonly height?: number;
  readonly startedAtMs?: number;
  readonly durationMs?: number;
  readonly cause?: StopCause;
};

/** Why a publisher's session ended. */
export type StopCause = 'unpublished' | 'connection_lost' | 'takeover' | 'idle' | 'kicked' | 'server_stop' | 'crash';

export type StreamEvent = {
  /** The same for one session and kind however often it is made, so that a repetition is seen as one. */
  readonly id: string;
  readonly kind: StreamEventKind;
  readonly sessionId: string;
  readonly domain: string;
  /** The host name that was pushed to; empty when it is not known. */
  readonly ingestDomain: string;
  readonly app: string;
  readonly stream: string;
  readonly atMs: number;
  readonly data: StreamEventData;
};

/** One event on its way to one endpoint. */
export type Delivery = {
  readonly id: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly endpointId: string;
  readonly firstAttemptAtMs: number;
  /** Aborted when somebody else may have it. */
  readonly lost?: AbortSignal;
  readonly event: StreamEvent;
};

/** The callback's receiver. `setBy` decides which networks it may lie in. */
export type Endpoint = {
  readonly id: string;
  readonly url: string;
  readonly form: 'apsara' | 'json';
  readonly key?: string | undefined;
  readonly setBy: 'administrator' | 'user';
};

/** A request ready to be sent. */
export type CallbackRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** A publisher's query without the values of lasting stream keys: those are secrets and no business of receivers. */
export function shownQuery(query: string): string {
  return query.replace(/^\?/, '').replace(/(^|&)key=[^&]*/g, '$1key=***');
}
