import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Caller } from '../../identity/index.ts';
import { appOf, type EventFeedPage } from '../../operations/index.ts';
import { lostDatabase } from '../../store/index.ts';

const PAGE_EVENTS = 200;
const LONGEST_WAIT_MS = 30_000;
/** As long as a reader may take to take what was sent. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 1000;
const PING_EVERY_MS = 30_000;

/** Why a subscription ends, as the close frame says (RFC 6455, 7.4.2: 4000 to 4999 are ours). */
const ENDINGS = {
  SESSION_ENDED: 4001,
  NOT_ALLOWED: 4003,
  TOO_SLOW: 4008,
  DATABASE_UNAVAILABLE: 1013,
  SHUTDOWN: 1001,
  INTERNAL: 1011,
} as const;

export type EventFilter = {
  readonly kinds?: readonly string[] | undefined;
  readonly domain?: string | undefined;
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
};

export type EventSubscriptionOptions = {
  readonly webSocket: WebSocket;
  readonly cursor: number;
  readonly filter: EventFilter;
  readonly caller: Caller;
  /** The caller as he is now; undefined once the session or key has ended. */
  readonly again: () => Promise<Caller | undefined>;
  readonly eventsAfter: (
    cursor: number,
    limit: number,
    wait: { readonly waitMs: number; readonly signal: AbortSignal },
  ) => Promise<EventFeedPage>;
  readonly patienceMs?: number;
  readonly onError: (error: unknown) => void;
};

/**
 * Events as text frames, each `{"type": "event", "cursor", "event"}`, and `{"type": "cursor", "cursor"}` at the start,
 * where others were passed over, and where nothing happened for half a minute, so that a reader knows that the line is
 * not dead. What is not taken yet waits in the database, not here.
 */
export class EventSubscription {
  readonly #options: EventSubscriptionOptions;
  readonly #over = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  #caller: Caller;
  #isLooking = false;
  #isAlive = true;

  constructor(options: EventSubscriptionOptions) {
    this.#options = options;
    this.#caller = options.caller;
    const { webSocket } = options;
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('pong', () => {
      this.#isAlive = true;
    });
    webSocket.once('close', () => {
      this.#over.abort();
      for (const timer of this.#timers) clearInterval(timer);
    });
    this.#timers = [
      setInterval(() => void this.#look(), LOOK_EVERY_MS),
      setInterval(() => this.#ping(), PING_EVERY_MS),
    ];
    void this.#run().catch((error: unknown) => this.#fail(error));
  }

  end(reason: keyof typeof ENDINGS): void {
    this.#over.abort();
    this.#options.webSocket.close(ENDINGS[reason], reason);
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    let { cursor } = this.#options;
    await this.#send([{ type: 'cursor', cursor }]);
    while (!signal.aborted) {
      const page = await this.#options.eventsAfter(cursor, PAGE_EVENTS, { waitMs: LONGEST_WAIT_MS, signal });
      if (signal.aborted) return;
      cursor = page.cursor;
      const wanted = page.events.filter((event) => this.#wants(event));
      const frames: object[] = wanted.map((event) => ({ type: 'event', cursor: event.position, event }));
      if (wanted.length === 0 || wanted.at(-1)?.position !== cursor) frames.push({ type: 'cursor', cursor });
      await this.#send(frames);
    }
  }

  /** Resolves when all are with the reader's system. */
  async #send(frames: readonly object[]): Promise<void> {
    if (frames.length === 0) return;
    const { webSocket, patienceMs = PATIENCE_MS } = this.#options;
    const sent = new Promise<'sent'>((resolve) => {
      frames.forEach((frame, index) => {
        webSocket.send(JSON.stringify(frame), () => index === frames.length - 1 && resolve('sent'));
      });
    });
    const patience = new AbortController();
    const late = delay(patienceMs, 'late' as const, { signal: patience.signal }).catch(() => 'sent' as const);
    const outcome = await Promise.race([sent, late]);
    patience.abort();
    if (outcome === 'late') this.end('TOO_SLOW');
  }

  #wants(event: EventFeedPage['events'][number]): boolean {
    const { kinds, domain, app, stream } = this.#options.filter;
    return (
      (kinds === undefined || kinds.includes(event.kind)) &&
      (domain === undefined || domain === event.domain) &&
      (app === undefined || app === event.app) &&
      (stream === undefined || stream === event.stream) &&
      this.#caller.may('events:read', appOf(event)).allowed
    );
  }

  /** Looks whether the caller is still let in, and what he may now. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const caller = await this.#options.again();
      if (caller === undefined) this.end('SESSION_ENDED');
      else if (!caller.mayAnywhere('events:read').allowed) this.end('NOT_ALLOWED');
      else this.#caller = caller;
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isLooking = false;
    }
  }

  #ping(): void {
    const { webSocket } = this.#options;
    if (this.#isAlive) webSocket.ping();
    else webSocket.terminate();
    this.#isAlive = false;
  }

  #fail(error: unknown): void {
    const isLost = lostDatabase(error) !== undefined;
    if (!isLost) this.#options.onError(error);
    this.end(isLost ? 'DATABASE_UNAVAILABLE' : 'INTERNAL');
  }
}
