import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { within } from '../../deadline/index.ts';
import { webhookBody } from '../index.ts';
import { type EventSink, notConnected, SINK_TIMEOUT_MS } from './event-sink.ts';

export type NatsSinkOptions = {
  /** `nats://host:4222`, or `tls://`; several of one cluster. */
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The stream of JetStream; made where it is not there. */
  readonly stream: string;
  /** The subjects begin with it; a dot and the type of the event follow. */
  readonly subject: string;
  readonly maxMessages: number;
};

type Connected = { readonly connection: NatsConnection; readonly client: JetStreamClient };

/** The id of an event, by which JetStream knows a repetition. */
const ID = 'Nats-Msg-Id';

/** Appends events to a stream of NATS JetStream, each under a subject of its type, as the JSON that webhooks have. */
export function natsSink(options: NatsSinkOptions): EventSink {
  const { servers, stream, subject } = options;
  const closing = new AbortController();
  let connected: Connected | undefined;
  const drop = async () => {
    const { connection } = connected ?? {};
    connected = undefined;
    await connection?.close().catch(() => undefined);
  };
  const inTime = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    within(SINK_TIMEOUT_MS, closing.signal, async (signal) => {
      const end = () => void drop();
      signal.addEventListener('abort', end, { once: true });
      try {
        signal.throwIfAborted();
        return await work(signal);
      } catch (error) {
        await drop();
        throw error;
      } finally {
        signal.removeEventListener('abort', end);
      }
    });
  return {
    name: `${servers.join(',')} ${stream}`,
    newest: () =>
      inTime(async (signal) => {
        await drop();
        // Loaded only where they are used.
        const [{ connect }, { jetstream, jetstreamManager }] = await Promise.all([
          import('@nats-io/transport-node'),
          import('@nats-io/jetstream'),
        ]);
        const connection = await connect(loginOf(options));
        connected = { connection, client: jetstream(connection) };
        signal.throwIfAborted();
        const manager = await jetstreamManager(connection);
        const lastSequence = await openStream(manager, options);
        if (lastSequence === 0) return undefined;
        const message = await manager.streams.getMessage(stream, { last_by_subj: `${subject}.>` });
        return message?.header.get(ID);
      }),
    append: (events) =>
      inTime(async (signal) => {
        for (const event of events) {
          signal.throwIfAborted();
          if (connected === undefined || connected.connection.isClosed()) throw notConnected();
          // One after the other: of several on their way a later one may come through where an earlier one does not.
          const payload = JSON.stringify(webhookBody(event));
          await connected.client.publish(`${subject}.${event.kind}`, payload, {
            ...{ msgID: event.id, timeout: SINK_TIMEOUT_MS, expect: { streamName: stream } },
          });
        }
      }),
    async close() {
      closing.abort();
      await drop();
    },
  };
}

function loginOf({ servers, user, password, token }: NatsSinkOptions) {
  return {
    ...{ servers: [...servers], name: 'headwater', reconnect: false, timeout: SINK_TIMEOUT_MS, pingInterval: 10_000 },
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
  };
}

/** How many messages the stream has had; it is made where there is none of its name. */
async function openStream(manager: JetStreamManager, options: NatsSinkOptions): Promise<number> {
  const { stream: name, subject, maxMessages } = options;
  try {
    return (await manager.streams.info(name)).state.last_seq;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StreamNotFoundError') throw error;
    await manager.streams.add({ name, subjects: [`${subject}.>`], max_msgs: maxMessages });
    return 0;
  }
}
