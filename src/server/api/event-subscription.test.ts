import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { until } from '../../../test/support/until.ts';
import type { Caller } from '../../identity/index.ts';
import type { RecordedEvent } from '../../store/index.ts';
import { EventSubscription, type EventSubscriptionOptions } from './event-subscription.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const mayEverything = { may: () => ({ allowed: true }), mayAnywhere: () => ({ allowed: true }) } as unknown as Caller;

async function subscribe(options: Partial<EventSubscriptionOptions>): Promise<WebSocket> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  closers.push(() => server.close());
  server.on('connection', (webSocket) => {
    new EventSubscription({
      ...{ webSocket, cursor: 0, filter: {}, caller: mayEverything },
      again: async () => mayEverything,
      eventsAfter: async (cursor, _limit, { signal }) => {
        await once(signal, 'abort');
        return { events: [], cursor };
      },
      onError: () => undefined,
      ...options,
    });
  });
  await once(server, 'listening');
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closers.push(() => reader.terminate());
  await once(reader, 'open');
  return reader;
}

describe('EventSubscription', () => {
  it('ends a reader that takes nothing, and asks for no more meanwhile', async () => {
    let pages = 0;
    let ended = false;
    const event = { domain: 'd', app: 'a', kind: 'publish', data: { text: 'x'.repeat(1 << 20) } };
    const reader = await subscribe({
      patienceMs: 200,
      eventsAfter: async (cursor, _limit, { signal }) => {
        signal.addEventListener('abort', () => {
          ended = true;
        });
        pages++;
        if (pages > 1) await once(signal, 'abort');
        const events = Array.from({ length: 20 }, (_, index) => ({ ...event, position: cursor + index + 1 }));
        return { events: events as unknown as RecordedEvent[], cursor: cursor + 20 };
      },
    });
    reader.pause();
    await until('it is given up, or more is asked for', () => ended || pages > 1);
    expect([ended, pages]).toEqual([true, 1]);
    const closed = once(reader, 'close');
    reader.resume();
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4008, 'TOO_SLOW']);
    expect(pages).toBe(1);
  });

  it('says that the database is away', async () => {
    const reader = await subscribe({
      eventsAfter: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    });
    const [code, reason] = await once(reader, 'close');
    expect([code, String(reason)]).toEqual([1013, 'DATABASE_UNAVAILABLE']);
  });
});
