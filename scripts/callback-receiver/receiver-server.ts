import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readCallback } from './callback.ts';
import { Received, type ReceivedCallback, type ReceivedOptions } from './received.ts';

export type ReceiverServerOptions = Omit<ReceivedOptions, 'nowMs'> & {
  readonly address: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Answers the question whether to record with yes. */
  readonly wantsRecording: boolean;
  readonly onCallback?: (callback: ReceivedCallback) => void;
};

const MAX_BODY_BYTES = 1_048_576;
const MAX_PAGES = 50;
/** An open page that lags so far behind is closed; it comes back and asks for what it missed. */
const MAX_LAG_BYTES = 4_194_304;
const CLOSE_MS = 500;

const file = (name: string) => readFileSync(new URL(name, import.meta.url));
const FILES = new Map([
  ['/', { type: 'text/html; charset=utf-8', bytes: file('page.html') }],
  ['/page.js', { type: 'text/javascript; charset=utf-8', bytes: file('page.js') }],
  ['/page.css', { type: 'text/css; charset=utf-8', bytes: file('page.css') }],
]);
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'";
const SAFETY = { 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

/** Takes callbacks on every path, and shows them at `/` and `/events.json`. */
export class ReceiverServer {
  readonly #options: ReceiverServerOptions;
  readonly #received: Received;
  readonly #server: Server;
  /** Numbers start again with the receiver; a page that was open all the time has to know. */
  readonly #startedAt = String(Date.now());
  readonly #pages = new Set<ServerResponse>();

  private constructor(options: ReceiverServerOptions) {
    this.#options = options;
    this.#received = new Received({ ...options, nowMs: Date.now });
    this.#received.listen((callback) => this.#tellPages(callback));
    if (options.onCallback) this.#received.listen(options.onCallback);
    this.#server = createServer((request, response) => {
      // A sender that goes away is its own affair.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: ReceiverServerOptions): Promise<ReceiverServer> {
    const receiver = new ReceiverServer(options);
    receiver.#server.listen(options.port, options.address);
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** Without a slash at its end. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const page of this.#pages) page.end();
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '/' } = request;
    if (method === 'GET' && this.#show(target, request, response)) return;
    if (method !== 'GET' && method !== 'POST') {
      response.writeHead(405, { allow: 'GET, POST' }).end();
      return;
    }
    const body = await bodyOf(request);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end(`A callback has at most ${MAX_BODY_BYTES} bytes.\n`);
      return;
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const callback = { method, target, headers, body };
    const answered = this.#received.answer(callback);
    const isQuestion = readCallback(callback).event === 'record_question';
    const answer = this.#options.wantsRecording && isQuestion ? '{"ApiVersion":"1.0","NeedRecord":true}' : '';
    response.writeHead(answered.answer, { 'content-type': 'application/json' }).end(answer);
    this.#received.add(answered);
  }

  /** Answers what a page asks for; a callback may come to `/` as well, but has a query. */
  #show(target: string, request: IncomingMessage, response: ServerResponse): boolean {
    const shown = FILES.get(target);
    if (shown) response.writeHead(200, { ...SAFETY, 'content-type': shown.type }).end(shown.bytes);
    else if (target === '/events.json') this.#sendAll(response);
    else if (target === '/events') this.#openPage(request, response);
    else if (target === '/favicon.ico') response.writeHead(204).end();
    else return false;
    return true;
  }

  #sendAll(response: ServerResponse): void {
    const text = JSON.stringify({ count: this.#received.count, events: this.#received.list() });
    response.writeHead(200, { ...SAFETY, 'content-type': 'application/json' }).end(text);
  }

  #openPage(request: IncomingMessage, response: ServerResponse): void {
    if (this.#pages.size >= MAX_PAGES) {
      response.writeHead(503, { 'retry-after': '5' }).end(`${MAX_PAGES} pages are open already.\n`);
      return;
    }
    response.writeHead(200, { ...SAFETY, 'content-type': 'text/event-stream' });
    const [startedAt, number] = String(request.headers['last-event-id'] ?? '').split('-');
    const isOurs = startedAt === this.#startedAt;
    response.write(isOurs ? 'retry: 1000\n\n' : 'retry: 1000\nevent: begin\ndata:\n\n');
    for (const callback of this.#received.list(isOurs ? Number(number) : 0)) response.write(this.#message(callback));
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
  }

  #tellPages(callback: ReceivedCallback): void {
    const message = this.#message(callback);
    for (const page of this.#pages) {
      if (page.writableLength > MAX_LAG_BYTES) page.destroy();
      else page.write(message);
    }
  }

  #message(callback: ReceivedCallback): string {
    return `id: ${this.#startedAt}-${callback.number}\ndata: ${JSON.stringify(callback)}\n\n`;
  }
}

/** Undefined where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
