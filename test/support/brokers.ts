import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import { start } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A server of messages that keeps its port and what it has on its disk. */
export type Broker = {
  readonly url: string;
  up(): Promise<void>;
  /** SIGTERM where nothing else is said. */
  down(signal?: NodeJS.Signals): Promise<void>;
};

/** Redis, which saves on a proper end only. */
export function redisServer(folder: string): Promise<Broker> {
  return broker('redis', (port) => [
    'redis-server',
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '3600 1000000', '--requirepass', 'open'],
  ]);
}

/** NATS with JetStream. */
export function natsServer(folder: string): Promise<Broker> {
  return broker('nats', (port) => [
    'nats-server',
    ...['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', join(folder, 'jetstream')],
  ]);
}

async function broker(scheme: string, command: (port: number) => readonly string[]): Promise<Broker> {
  const port = await freePort();
  const [program = '', ...args] = command(port);
  let child: ReturnType<typeof start> | undefined;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    async up() {
      const started = start(program, args);
      child = started;
      await until(`${program} answers`, async () => {
        if (started.process.exitCode !== null) throw new Error(`${program} ended: ${started.stderr()}`);
        return await isOpen(port);
      });
    },
    async down(signal = 'SIGTERM') {
      await child?.stop(signal);
      child = undefined;
    },
  };
}

/** An entry of a stream, wherever it was read. */
export type SunkEvent = { readonly id: string; readonly type: string; readonly body: Record<string, unknown> };

export async function readRedis(url: string, stream: string): Promise<SunkEvent[]> {
  const client = createClient({ url, password: 'open', socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const entries = (await client.xRange(stream, '-', '+')) ?? [];
    return entries.map(({ message: { id = '', type = '', event = '' } }) => ({ id, type, body: JSON.parse(event) }));
  } finally {
    client.destroy();
  }
}

export async function readNats(url: string, stream: string): Promise<SunkEvent[]> {
  const connection = await connect({ servers: url });
  try {
    const consumer = await jetstream(connection).consumers.get(stream);
    const { num_pending: count } = await consumer.info();
    const read: SunkEvent[] = [];
    if (count === 0) return read;
    for await (const message of await consumer.fetch({ max_messages: count })) {
      const type = message.subject.split('.').at(-1) ?? '';
      read.push({ id: message.headers?.get('Nats-Msg-Id') ?? '', type, body: message.json() });
    }
    return read;
  } finally {
    await connection.close();
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
