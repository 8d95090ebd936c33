import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Deliverer, type DelivererOptions, type DeliveryFailure, type DeliveryOutcome } from './deliverer.ts';
import type { Delivery, Endpoint, StreamEventKind } from './event.ts';
import { callbackSender } from './send.ts';

type Settled = { readonly id: string } & ({ readonly delivered: number } | DeliveryFailure);

/** A source in memory that offers again what is due, and a clock with timers that tests move. */
class World {
  nowMs = 1_000_000;
  readonly settled: Settled[] = [];
  readonly released: string[] = [];
  readonly outcomes: DeliveryOutcome[] = [];
  readonly endpoints = new Map<string, Endpoint>();
  readonly errors: unknown[] = [];
  failClaims = 0;
  claims = 0;
  isIdle = false;
  deliverer: Deliverer;
  readonly #sender = callbackSender();
  #pending: { delivery: Delivery; dueMs: number }[] = [];
  #wake: () => void = () => undefined;
  #timers: { atMs: number; run: () => void }[] = [];
  #watchers: (() => void)[] = [];

  constructor(options: Partial<DelivererOptions> = {}) {
    this.deliverer = new Deliverer({
      source: {
        isIdle: () => this.isIdle,
        claim: async (limit, except) => {
          this.claims++;
          if (this.failClaims-- > 0) throw new Error('database away');
          const isDue = (each: { delivery: Delivery; dueMs: number }) =>
            each.dueMs <= this.nowMs && !except.includes(each.delivery.endpointId);
          const claimed = this.#pending.filter(isDue).slice(0, limit);
          this.#pending = this.#pending.filter((each) => !claimed.includes(each));
          return claimed.map(({ delivery }) => delivery);
        },
        delivered: async ({ id }, status) => this.#settle({ id, delivered: status }),
        failed: async (delivery, failure) => {
          const { retryAtMs } = failure;
          if (retryAtMs !== 'dead') {
            this.#pending.push({ delivery: { ...delivery, attempt: delivery.attempt + 1 }, dueMs: retryAtMs });
          }
          this.#settle({ id: delivery.id, ...failure });
        },
        release: async (deliveries) => {
          this.released.push(...deliveries.map(({ id }) => id));
        },
        onWake: (callback) => {
          this.#wake = callback;
          return () => {
            this.#wake = () => undefined;
          };
        },
      },
      endpointOf: ({ endpointId }) => this.endpoints.get(endpointId),
      send: this.#sender.send,
      nowMs: () => this.nowMs,
      timers: {
        after: (delayMs, run) => {
          const timer = { atMs: this.nowMs + delayMs, run };
          this.#timers.push(timer);
          return () => {
            this.#timers = this.#timers.filter((each) => each !== timer);
          };
        },
      },
      onOutcome: (outcome) => this.outcomes.push(outcome),
      onSourceError: (error) => this.errors.push(error),
      ...options,
    });
    this.deliverer.start();
  }

  add(id: string, endpointId: string, kind: StreamEventKind = 'publish', lost?: AbortSignal): void {
    const names = { domain: 'd', ingestDomain: 'p', app: 'live', stream: 'demo' };
    const event = { id: `event-${id}`, kind, sessionId: 's', ...names, atMs: this.nowMs, data: {} };
    const delivery = { id, attempt: 1, endpointId, firstAttemptAtMs: this.nowMs, event, ...(lost ? { lost } : {}) };
    this.#pending.push({ delivery, dueMs: this.nowMs });
    this.#wake();
  }

  endpoint(id: string, url: string, form: Endpoint['form'] = 'json'): void {
    this.endpoints.set(id, { id, url, form, setBy: 'administrator' });
  }

  /** Resolves when so many deliveries have been settled in all. */
  async settledCount(count: number): Promise<Settled[]> {
    while (this.settled.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
    return this.settled;
  }

  /** Lets time go by: every timer that falls due runs, in order. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }

  get timers(): number {
    return this.#timers.length;
  }

  async close(): Promise<void> {
    await this.deliverer.close();
    await this.#sender.close();
  }

  #settle(settled: Settled): void {
    this.settled.push(settled);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

const open: (World | Server | TcpServer)[] = [];
afterEach(async () => {
  const all = open.splice(0);
  // Worlds wait for their sends, and some endpoints never answer: both end together.
  const ended = all.filter((each) => each instanceof World).map((each) => each.close());
  for (const each of all) {
    if (each instanceof World) continue;
    if ('closeAllConnections' in each) each.closeAllConnections();
    each.close();
  }
  await Promise.all(ended);
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

function world(options: Partial<DelivererOptions> = {}): World {
  const made = new World(options);
  open.push(made);
  return made;
}

async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('Deliverer', () => {
  it('sends both forms and stores the status', async () => {
    const seen: { method?: string; url?: string; type: string | undefined; body: string }[] = [];
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push({ method: request.method!, url: request.url!, type: request.headers['content-type'], body });
      response.writeHead(request.method === 'GET' ? 200 : 204).end();
    });
    const made = world();
    made.endpoint('a', `${url}?t=1`, 'apsara');
    made.endpoint('j', url);
    made.add('1', 'a');
    made.add('2', 'j', 'stream_ended');
    const settled = await made.settledCount(2);
    expect(settled.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: '1', delivered: 200 },
      { id: '2', delivered: 204 },
    ]);
    const get = seen.find(({ method }) => method === 'GET');
    expect(get?.url).toMatch(/^\/hook\?t=1&action=publish&/);
    const post = seen.find(({ method }) => method === 'POST');
    expect(post?.type).toBe('application/json');
    expect(JSON.parse(post!.body)).toMatchObject({ type: 'stream_ended', data: { stream: 'demo' } });
    expect(made.outcomes.map(({ result }) => result)).toEqual(['delivered', 'delivered']);
  });

  it.each([
    ['apsara', 200, true],
    ['apsara', 204, false],
    ['apsara', 302, false],
    ['json', 200, true],
    ['json', 202, true],
    ['json', 302, false],
    ['json', 410, false],
    ['json', 500, false],
  ] as const)('%s with status %s is delivered: %s, and no redirect is followed', async (form, status, isDelivered) => {
    let hits = 0;
    const url = await serve((_, response) => {
      hits++;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const made = world();
    made.endpoint('e', url, form);
    made.add('1', 'e');
    const failed = { retryAtMs: made.nowMs + 1000, times: { atMs: made.nowMs, durationMs: 0 } };
    const expected = isDelivered ? { delivered: status } : { status, error: `status ${status}`, ...failed };
    expect(await made.settledCount(1)).toEqual([{ id: '1', ...expected }]);
    expect(hits).toBe(1);
  });

  it('tries again by the schedule until it is delivered', async () => {
    const ids: (string | string[] | undefined)[] = [];
    const url = await serve((request, response) => {
      ids.push(request.headers['webhook-id']);
      response.writeHead(ids.length < 8 ? 500 : 200).end();
    });
    const made = world();
    made.endpoint('e', url);
    made.add('1', 'e');
    const startedMs = made.nowMs;
    const triedAfter: number[] = [];
    for (let count = 1; count <= 8; count++) {
      await made.settledCount(count);
      triedAfter.push((made.nowMs - startedMs) / 1000);
      const last = made.settled.at(-1)!;
      if ('delivered' in last || last.retryAtMs === 'dead') break;
      made.pass(last.retryAtMs - made.nowMs + 1000);
    }
    expect(made.settled.at(-1)).toEqual({ id: '1', delivered: 200 });
    expect(ids).toEqual(Array(8).fill('event-1'));
    expect(made.outcomes.map(({ result }) => result)).toEqual([...Array(7).fill('retry'), 'delivered']);
    expect(triedAfter).toHaveLength(8);
  });

  it('gives up after a day', async () => {
    const made = world();
    made.endpoint('e', `http://127.0.0.1:${await closedPort()}/`);
    made.add('1', 'e');
    await made.settledCount(1);
    expect(made.settled[0]).toMatchObject({ error: expect.stringContaining('ECONNREFUSED'), retryAtMs: 1_001_000 });
    made.pass(86_400_000);
    await made.settledCount(2);
    expect(made.settled[1]).toMatchObject({ retryAtMs: 'dead' });
    expect(made.outcomes.at(-1)?.result).toBe('dead');
  });

  it('ends a send after 5 s, in whichever way the endpoint is slow', async () => {
    const reached: (() => void)[] = [];
    const arrivals = Array.from({ length: 2 }, () => new Promise<void>((resolve) => reached.push(resolve)));
    const silent = await serve(() => reached[0]?.());
    const drip = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      // A slow loris: a header that never ends.
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nx-a: ', () => reached[1]?.()));
    }).listen(0, '127.0.0.1');
    await once(drip, 'listening');
    open.push(drip);
    const made = world();
    made.endpoint('silent', silent);
    made.endpoint('drip', `http://127.0.0.1:${(drip.address() as AddressInfo).port}/`);
    made.add('1', 'silent');
    made.add('2', 'drip');
    await Promise.all(arrivals);
    made.pass(4999);
    expect(made.settled).toEqual([]);
    made.pass(1);
    await made.settledCount(2);
    expect(made.settled.map((each) => 'error' in each && each.error)).toEqual(Array(2).fill('no answer within 5 s'));
  });

  it('lets the status count when only the body is slow or large', async () => {
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const slow = await serve((_, response) => {
      response.writeHead(200);
      response.write('x', () => reached());
    });
    const large = await serve((_, response) => void response.writeHead(200).end('x'.repeat(10_000_000)));
    const made = world();
    made.endpoint('large', large);
    made.endpoint('slow', slow);
    made.add('1', 'large');
    expect(await made.settledCount(1)).toEqual([{ id: '1', delivered: 200 }]);
    made.add('2', 'slow');
    await arrived;
    // The answer's head is on its way to us; only then may time pass.
    await new Promise((resolve) => setImmediate(resolve));
    while (made.settled.length < 2) {
      made.pass(5000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made.settled[1]?.id).toBe('2');
  });

  it('goes on with other endpoints while one is dead', async () => {
    let stuck = 0;
    let allStuck: () => void = () => undefined;
    const isStuck = new Promise<void>((resolve) => {
      allStuck = resolve;
    });
    const dead = await serve(() => {
      if (++stuck === 4) allStuck();
    });
    const fine = await serve((_, response) => void response.end());
    const made = world({ concurrency: 8 });
    made.endpoint('dead', dead);
    made.endpoint('fine', fine);
    for (let count = 0; count < 50; count++) made.add(`d${count}`, 'dead');
    await isStuck;
    for (let count = 0; count < 20; count++) made.add(`f${count}`, 'fine');
    await made.settledCount(20);
    expect(made.settled.every(({ id }) => id.startsWith('f'))).toBe(true);
    expect(stuck).toBe(4);
  });

  it('gives up on endpoints that are gone and events a form does not have', async () => {
    const made = world();
    made.endpoint('a', 'http://127.0.0.1:9/', 'apsara');
    made.add('1', 'gone');
    made.add('2', 'a', 'stream_ended');
    expect(await made.settledCount(2)).toEqual([
      { id: '1', error: 'the endpoint is no longer in the rules', retryAtMs: 'dead' },
      { id: '2', error: "ApsaraVideo's form has no such event", retryAtMs: 'dead' },
    ]);
  });

  it('asks an idle source only when that wakes it', async () => {
    const made = world();
    made.isIdle = true;
    await new Promise((resolve) => setImmediate(resolve));
    const before = made.claims;
    made.pass(60_000);
    expect(made.claims).toBe(before);
    made.endpoint('a', await serve((_request, response) => response.end('{"code":0}')));
    made.add('1', 'a');
    expect(await made.settledCount(1)).toMatchObject([{ id: '1', delivered: 200 }]);
  });

  it('outlives a source that fails', async () => {
    const url = await serve((_, response) => void response.end());
    const made = world();
    made.endpoint('e', url);
    made.failClaims = 1;
    made.add('1', 'e');
    while (made.errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
    made.pass(1000);
    expect(await made.settledCount(1)).toEqual([{ id: '1', delivered: 200 }]);
  });

  it('finish tries all that is due, and waits for none that is not', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.url === '/hook' ? 200 : 500).end();
    });
    const made = world({ concurrency: 2, perEndpoint: 1 });
    made.endpoint('fine', url);
    made.endpoint('failing', `${url}/failing`);
    for (let count = 0; count < 5; count++) made.add(`f${count}`, 'fine');
    made.add('x', 'failing');
    await made.deliverer.finish(10_000);
    expect(made.settled.filter((each) => 'delivered' in each)).toHaveLength(5);
    expect(made.settled.filter((each) => 'error' in each)).toHaveLength(1);
  });

  it('finish ends when its time is up', async () => {
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const made = world();
    made.endpoint('silent', await serve(() => reached()));
    made.add('1', 'silent');
    const finished = made.deliverer.finish(2000);
    await arrived;
    made.pass(2000);
    await finished;
    expect(made.settled).toEqual([]);
  });

  it('gives back what it claimed and did not try, and leaves out what it lost', async () => {
    let answer: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const url = await serve((_, response) => {
      answer = () => response.end();
      reached();
    });
    const made = world({ perEndpoint: 1 });
    const lost = new AbortController();
    made.endpoint('e', url);
    made.add('1', 'e');
    made.add('2', 'e', 'publish', lost.signal);
    made.add('3', 'e');
    made.add('4', 'e');
    await arrived;
    lost.abort();
    answer();
    await made.settledCount(1);
    await new Promise<void>((resolve) => {
      reached = resolve;
    });
    const closing = made.deliverer.close();
    answer();
    await closing;
    expect(made.settled.map(({ id }) => id)).toEqual(['1', '3']);
    expect(made.released).toEqual(['4']);
  });

  it('close waits for the send under way and claims no more', async () => {
    let answer: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const url = await serve((_, response) => {
      answer = () => response.end();
      reached();
    });
    const made = world();
    made.endpoint('e', url);
    made.add('1', 'e');
    await arrived;
    const closing = made.deliverer.close();
    made.add('2', 'e');
    answer();
    await closing;
    expect(made.settled).toEqual([{ id: '1', delivered: 200 }]);
    expect(made.timers).toBe(0);
  });
});
