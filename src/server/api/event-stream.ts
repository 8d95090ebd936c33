import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { z } from 'zod';
import { type Caller, type Decision, resourceName, SERVER } from '../../identity/index.ts';
import { problemWords } from '../../rules/index.ts';
import { lostDatabase } from '../../store/index.ts';
import { refuseUpgrade } from '../http/index.ts';
import type { ControlDoor } from './control-door.ts';
import { EventSubscription } from './event-subscription.ts';
import { EVENT_STREAM_PATH, eventStreamQuery } from './follow-events.ts';
import { Login } from './login.ts';

/** Requests say a path, most of them. */
const HERE = 'http://here';
const PATH = `/api/v1${EVENT_STREAM_PATH}`;
/** What a reader may send: control frames and next to nothing else. */
const MAX_INCOMING_BYTES = 4096;
const MAX_SUBSCRIPTIONS = 200;
/** A password is looked at by what it costs to guess it. */
const PASSWORD_LOOK_EVERY = 60;

type Problem = {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly remedy: string;
};

const NOT_FOUND: Problem = {
  ...{ status: 404, code: 'NOT_FOUND', title: 'no WebSocket is here' },
  remedy: `Events are at ${PATH}.`,
};
const NOT_LOGGED_IN: Problem = {
  ...{ status: 401, code: 'NOT_LOGGED_IN', title: 'not logged in' },
  remedy: 'Log in, or give a key that is still good.',
};
const FOREIGN_ORIGIN: Problem = {
  ...{ status: 403, code: 'FOREIGN_ORIGIN', title: 'a page of another site may not use the session' },
  remedy: 'Open the console under the host name that the page is served from, or give a key.',
};
const FULL: Problem = {
  ...{ status: 503, code: 'LIMIT', title: 'too many follow the events' },
  remedy: 'Close some, or ask GET /api/v1/events.',
};

/** `/api/v1/events/stream`: events by WebSocket, for those who are logged in or have a key. */
export class EventStream {
  readonly #door: ControlDoor;
  readonly #login: Login;
  readonly #subscriptions = new Set<EventSubscription>();
  readonly #handshakes = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_INCOMING_BYTES,
    perMessageDeflate: false,
  });

  constructor(door: ControlDoor) {
    this.#door = door;
    this.#login = new Login(door);
  }

  /** Answers a request for another protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#open(request, socket, head).catch((error: unknown) => {
      const lost = lostDatabase(error);
      if (lost) refuse(socket, { status: 503, code: lost.code, title: lost.message, remedy: lost.remedy });
      else {
        this.#door.log.error({ error }, 'WebSocket request failed');
        socket.destroy();
      }
    });
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.end('SHUTDOWN');
    for (const webSocket of this.#handshakes.clients) webSocket.terminate();
  }

  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { url: asked = '/' } = request;
    const url = URL.canParse(asked, HERE) ? new URL(asked, HERE) : undefined;
    if (url?.pathname !== PATH) return refuse(socket, NOT_FOUND);
    const { authorization, origin, host } = request.headers;
    // Browsers send the cookie along for any site, and say which one it is (RFC 6455, 10.2).
    if (authorization === undefined && hostOf(origin) !== host?.toLowerCase()) return refuse(socket, FOREIGN_ORIGIN);
    const caller = await this.#login.callerOf(request);
    if (caller === undefined) return refuse(socket, NOT_LOGGED_IN);
    const decision = caller.mayAnywhere('events:read');
    if (!decision.allowed) return this.#refuseCaller(socket, caller, decision);
    const query = eventStreamQuery.safeParse(Object.fromEntries(url.searchParams), { error: problemWords });
    if (!query.success) return refuse(socket, badQuery(query.error));
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) return refuse(socket, FULL);
    const { after, ...filter } = query.data;
    const latest = await this.#door.events.cursorAt();
    const cursor = after === 'latest' ? latest : after;
    this.#handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      const subscription = new EventSubscription({
        ...{ webSocket, cursor, filter, caller },
        again: this.#again(request, caller),
        eventsAfter: this.#door.events.after,
        onError: (error) => this.#door.log.error({ error }, 'events could not be sent'),
      });
      this.#subscriptions.add(subscription);
      webSocket.once('close', () => this.#subscriptions.delete(subscription));
    });
  }

  #again(request: IncomingMessage, caller: Caller): () => Promise<Caller | undefined> {
    let looks = 0;
    return async () => {
      looks++;
      return caller.kind === 'password' && looks % PASSWORD_LOOK_EVERY > 0 ? caller : this.#login.callerOf(request);
    };
  }

  #refuseCaller(socket: Duplex, { name: actor, kind: actorKind, address }: Caller, decision: Decision): void {
    if (decision.allowed) return;
    const { code, sentence: title, remedy, action } = decision;
    const entry = { actor, actorKind, address, action, resource: resourceName(SERVER), outcome: 'refused' } as const;
    this.#door.identity.audit.record({ ...entry, detail: { code } });
    refuse(socket, { status: 403, code, title, remedy });
  }
}

function refuse(socket: Duplex, problem: Problem): void {
  refuseUpgrade(socket, problem.status, JSON.stringify({ type: 'about:blank', ...problem }));
}

function badQuery({ issues }: z.ZodError): Problem {
  const title = issues.map(({ path, message }) => `query.${path.join('.')}: ${message}`).join('; ');
  const remedy = 'Give after (a cursor or latest), kinds, domain, app and stream, or none.';
  return { status: 400, code: 'BAD_REQUEST', title, remedy };
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined;
}
