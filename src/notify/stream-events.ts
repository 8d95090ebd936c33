import { createHash } from 'node:crypto';
import {
  type RenditionEventKind,
  type StopCause,
  type StreamEvent,
  type StreamEventData,
  type StreamEventKind,
  shownQuery,
} from './event.ts';
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
  readonly append: (event: StreamEvent<StreamEventKind>) => void;
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
  /** Told when the session is, and not at all if that never comes. */
  readonly held: RenditionNews[];
  /** Called when the session is told of, or at its end. */
  readonly waiting: (() => void)[];
  /** Events of renditions so far, as each kind may come several times. */
  renditionEvents: number;
};

type RenditionNews = { readonly kind: RenditionEventKind; readonly data: StreamEventData };

/** What comes of renditions before their stream is told of; the least of it counts. */
const MAX_HELD = 100;

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
      held: [],
      waiting: [],
      renditionEvents: 0,
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
  stopped(
    sessionId: string,
    cause: StopCause,
    { waits, reason }: { readonly waits: boolean; readonly reason?: string | undefined },
  ): void {
    const state = this.#streamBySession.get(sessionId);
    const running = state?.running;
    if (state === undefined || running === undefined) return;
    this.#stop(state, running, cause, reason);
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

  /** Something happened to a rendition of the stream: told after the `publish` of it. */
  rendition(identity: StreamIdentity, kind: RenditionEventKind, data: StreamEventData): void {
    const state = this.#streams.get(keyOf(identity));
    const { running, announced } = state ?? {};
    if (running && !running.isAnnounced) {
      if (running.held.length < MAX_HELD) running.held.push({ kind, data });
      return;
    }
    const teller = running ?? announced;
    if (teller) this.#appendRendition(teller, { kind, data });
  }

  /** Resolves when the session's `publish` was told, and at once for one that is over or not known. */
  announced(sessionId: string): Promise<void> {
    const running = this.#streamBySession.get(sessionId)?.running;
    if (running === undefined || running.isAnnounced) return Promise.resolve();
    return new Promise((resolve) => running.waiting.push(resolve));
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
    for (const news of running.held.splice(0)) this.#appendRendition(running, news);
    for (const resolve of running.waiting.splice(0)) resolve();
  }

  #stop(state: StreamState, running: Running, cause: StopCause, reason?: string): void {
    running.stopTimer();
    state.running = undefined;
    this.#streamBySession.delete(running.session.sessionId);
    for (const resolve of running.waiting.splice(0)) resolve();
    if (!running.isAnnounced) return;
    const durationMs = this.#options.nowMs() - running.startedAtMs;
    this.#append('publish_done', running, { cause, durationMs, ...(reason === undefined ? {} : { reason }) });
  }

  #end(key: string, state: StreamState, cause: StopCause): void {
    this.#streams.delete(key);
    if (state.announced !== undefined) this.#append('stream_ended', state.announced, { cause });
  }

  #append(kind: StreamEventKind, { session, startedAtMs }: Running, extra: StreamEventData): void {
    const { address, node, protocol } = session;
    const data = { address, query: shownQuery(session.query), node, protocol, startedAtMs, ...extra };
    this.#options.append({ id: eventId(session.sessionId, kind), kind, ...this.#about(session), data });
  }

  #appendRendition(running: Running, { kind, data }: RenditionNews): void {
    const { session } = running;
    running.renditionEvents++;
    const id = eventId(session.sessionId, `${kind} ${running.renditionEvents}`);
    this.#options.append({ id, kind, ...this.#about(session), data: { node: session.node, ...data } });
  }

  #about({
    sessionId,
    domain,
    ingestDomain,
    app,
    stream,
  }: PublisherSession): Omit<StreamEvent, 'id' | 'kind' | 'data'> {
    return { sessionId, domain, ingestDomain, app, stream, atMs: this.#options.nowMs() };
  }
}

/**
 * A UUID (version 8, RFC 9562) that follows from session and kind: one session has each kind of event once, but for those
 * of renditions, which are counted. Those of recordings are not a session's: they go by names of their own.
 */
export function eventId(sessionId: string, kind: StreamEventKind | `${RenditionEventKind} ${number}`): string {
  const hash = createHash('sha256').update(`${sessionId}\n${kind}`).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`];
  return [...parts, hash.slice(20, 32)].join('-');
}

function keyOf({ domain, app, stream }: StreamIdentity): string {
  return `${domain}\n${app}\n${stream}`;
}
