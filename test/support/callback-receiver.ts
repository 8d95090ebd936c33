import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A callback as it came in, and the status it was answered with; `never` was left without an answer. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawQuery: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly atMs: number;
  readonly answer: number | 'never';
};

/** An endpoint of the operator's own application, on a port that it keeps while it is down. */
export class CallbackReceiver {
  readonly received: Received[] = [];
  /** Decides each answer. */
  answer: (callback: Omit<Received, 'answer'>) => number | 'never' = () => 200;
  /** Delivery is at least once: after a kill -9 a callback may come again, the same in every byte. */
  dropsRepetitions = false;
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<CallbackReceiver> {
    const receiver = new CallbackReceiver();
    await receiver.up();
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}/${path}`;
  }

  /** What was answered 200, as it came; of one path or all. */
  told(path?: string): Received[] {
    const told = this.received.filter(
      (each) => each.answer === 200 && (path === undefined || each.path === `/${path}`),
    );
    if (!this.dropsRepetitions) return told;
    return [...new Map(told.map((each) => [`${each.path} ${each.rawQuery} ${each.body}`, each])).values()];
  }

  async up(): Promise<void> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const url = new URL(request.url ?? '/', 'http://receiver');
      const callback = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        rawQuery: url.search.slice(1),
        headers: request.headers as Record<string, string>,
        body,
        atMs: performance.now(),
      };
      const answer = this.answer(callback);
      this.received.push({ ...callback, answer });
      if (answer !== 'never') response.writeHead(answer).end();
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

/** The actions of ApsaraVideo's form told for one stream, in order. */
export function actionsOf(receiver: CallbackReceiver, path: string, stream: string): string[] {
  const told = receiver.told(path).filter(({ query }) => query.get('id') === stream);
  return told.map(({ query }) => query.get('action') ?? '');
}

export type JsonEvent = {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly sessionId: string;
    readonly stream: string;
    readonly cause?: string;
    readonly [field: string]: unknown;
  };
};

/** The events of the JSON form told for one stream, in order. */
export function eventsOf(receiver: CallbackReceiver, path: string, stream: string): JsonEvent[] {
  const told = receiver.told(path).map(({ body }) => JSON.parse(body) as JsonEvent);
  return told.filter(({ data }) => data.stream === stream);
}
