import { within } from '../../deadline/index.ts';
import type { StreamEvent } from '../index.ts';
import { webhookBody } from '../index.ts';
import { type EventSink, notConnected, SINK_TIMEOUT_MS } from './event-sink.ts';

export type RedisSinkOptions = {
  /** `redis://host:6379/0`, or `rediss://` for TLS. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The key of the stream. */
  readonly stream: string;
  /** About so many entries are kept, the newest. */
  readonly maxLength: number;
};

type Client = Awaited<ReturnType<typeof newClient>>;

/** Appends events to a stream of Redis: each has its id, its type and, as `event`, the JSON that webhooks have. */
export function redisSink(options: RedisSinkOptions): EventSink {
  const { url, stream, maxLength } = options;
  const closing = new AbortController();
  let client: Client | undefined;
  const drop = () => {
    if (client?.isOpen) client.destroy();
    client = undefined;
  };
  /** Whatever takes too long or fails ends the connection: nothing of it may come through later. */
  const inTime = <T>(work: () => Promise<T>): Promise<T> =>
    within(SINK_TIMEOUT_MS, closing.signal, async (signal) => {
      signal.addEventListener('abort', drop, { once: true });
      try {
        signal.throwIfAborted();
        return await work();
      } catch (error) {
        drop();
        throw error;
      } finally {
        signal.removeEventListener('abort', drop);
      }
    });
  return {
    name: `${url.replace(/\/+$/, '')} ${stream}`,
    newest: () =>
      inTime(async () => {
        drop();
        client = await newClient(options);
        await client.connect();
        const newest = (await client.xRevRange(stream, '+', '-', { COUNT: 1 }))?.[0];
        return newest?.message.id;
      }),
    append: (events) =>
      inTime(async () => {
        if (!client?.isReady) throw notConnected();
        const all = client.multi();
        const TRIM = { strategy: 'MAXLEN', strategyModifier: '~', threshold: maxLength } as const;
        for (const event of events) all.xAdd(stream, '*', entryOf(event), { TRIM });
        await all.exec();
      }),
    async close() {
      closing.abort();
      drop();
    },
  };
}

async function newClient({ url, user, password }: RedisSinkOptions) {
  // Loaded only where it is used.
  const { createClient } = await import('@redis/client');
  const client = createClient({
    ...{ url, name: 'headwater', disableOfflineQueue: true, pingInterval: 10_000 },
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    socket: { reconnectStrategy: false, connectTimeout: SINK_TIMEOUT_MS },
  });
  // Whoever appends next is told.
  return client.on('error', () => undefined);
}

function entryOf(event: StreamEvent): Record<string, string> {
  return { id: event.id, type: event.kind, event: JSON.stringify(webhookBody(event)) };
}
