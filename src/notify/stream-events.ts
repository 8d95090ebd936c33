import { createHash } from 'node:crypto';
import type { StopCause, StreamEvent, StreamEventData, StreamEventKind } from './event.ts';
import type { Timers } from './timers.ts';

export type StreamIdentity = { readonly domain: string; readonly app: string; readonly stream: string };

/** A publisher's session, as it is known when it starts. */
export type PublisherSession = StreamIdentity & {
  readonly sessionId: string;
  readonly ingestDomain: string;
  readonly address: string;
  readonly query: string;
  readonly node: string;
  readonly protocol: string;
};

export type SessionEventsOptions = {
  readonly append: (event: StreamEvent) => void;
  readonly nowMs: () => number;
  readonly timers: Timers;
};

/** ApsaraVideo tells of a publisher that has not closed within 2 s; of a shorter session nothing is said at all. */
const ANNOUNCED_AFTER_MS = 2000;

type Running = {
  readonly session: PublisherSession;
  readonly startedAtMs: number;
  readonly stopTimer: () => void;
  size?: { readonly width: number; readonly height: number };
  isAnnounced: boolean;
};

type StreamState = {
  running?: Running | undefined;
  /** The last session that was told of, while the stream goes on. */
  announced?: Running | undefined;
  isInterrupted: boolean;
};

/** Turns what happens to publishers into events: per connection as ApsaraVideo does, and for the stream as a whole. */
export class SessionEvents {
  readonly #options: SessionEventsOptions;
  readonly #streams = new Map<string, StreamState>();
  readonly #streamBySession = new Map<string, StreamState>();

  constructor(options: SessionEventsOptions) {
    this.#options = options;
  }

  /** The publisher was accepted. A session that still runs under the name is taken over: its stop comes first. */
  started(session: PublisherSession): void {
    const key = keyOf(session);
    const state = this.#streams.get(key) ?? { isInterrupted: false };
    this.#streams.set(key, state);
    if (state.running !== undefined) this.#stop(state, state.running, 'takeover');
    const running: Running = {
      session,
      startedAtMs: this.#options.nowMs(),
      stopTimer: this.#options.timers.after(ANNOUNCED_AFTER_MS, () => this.#announce(state, running)),
      isAnnounced: false,
    };
    state.running = running;
    this.#streamBySession.set(session.sessionId, state);
  }

  /** The first picture size that is known; later ones do not count. */
  videoSize(sessionId: string, width: number, height: number): void {
    const running = this.#streamBySession.get(sessionId)?.running;
    if (running !== undefined) running.size ??= { width, height };
  }

  /** The session is over. `waits` says that viewers are kept for a publisher to come back. */
  stopped(sessionId: string, cause: StopCause, { waits }: { readonly waits: boolean }): void {
    const state = this.#streamBySession.get(sessionId);
    const running = state?.running;
    if (state === undefined || running === undefined) return;
    this.#stop(state, running, cause);
    if (!waits) this.#end(keyOf(running.session), state, cause);
    else if (running.isAnnounced) {
      state.isInterrupted = true;
      this.#append('stream_interrupted', running, { cause });
    } else if (state.announced === undefined) this.#streams.delete(keyOf(running.session));
  }

  /** Nobody came back in time. */
  streamEnded(identity: StreamIdentity, cause: StopCause = 'connection_lost'): void {
    const state = this.#streams.get(keyOf(identity));
    if (state !== undefined && state.running === undefined) this.#end(keyOf(identity), state, cause);
  }

  /** The server stops: every session and stream is told to be over. */
  close(): void {
    for (const [key, state] of [...this.#streams]) {
      if (state.running !== undefined) this.#stop(state, state.running, 'server_stop');
      this.#end(key, state, 'server_stop');
    }
  }

  #announce(state: StreamState, running: Running): void {
    running.isAnnounced = true;
    this.#append('publish', running, running.size ?? {});
    if (state.isInterrupted) this.#append('stream_resumed', running, {});
    state.isInterrupted = false;
    state.announced = running;
  }

  #stop(state: StreamState, running: Running, cause: StopCause): void {
    running.stopTimer();
    state.running = undefined;
    this.#streamBySession.delete(running.session.sessionId);
    if (!running.isAnnounced) return;
    const durationMs = this.#options.nowMs() - running.startedAtMs;
    this.#append('publish_done', running, { cause, durationMs });
  }

  #end(key: string, state: StreamState, cause: StopCause): void {
    this.#streams.delete(key);
    if (state.announced !== undefined) this.#append('stream_ended', state.announced, { cause });
  }

  #append(kind: StreamEventKind, { session, startedAtMs }: Running, extra: StreamEventData): void {
    const { sessionId, domain, ingestDomain, app, stream, address, query, node, protocol } = session;
    this.#options.append({
      id: eventId(sessionId, kind),
      kind,
      sessionId,
      domain,
      ingestDomain,
      app,
      stream,
      atMs: this.#options.nowMs(),
      data: { address, query, node, protocol, startedAtMs, ...extra },
    });
  }
}

/** A UUID (version 8, RFC 9562) that follows from session and kind: one session has each kind of event once. */
export function eventId(sessionId: string, kind: StreamEventKind): string {
  const hash = createHash('sha256').update(`${sessionId}\n${kind}`).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`];
  return [...parts, hash.slice(20, 32)].join('-');
}

function keyOf({ domain, app, stream }: StreamIdentity): string {
  return `${domain}\n${app}\n${stream}`;
}
