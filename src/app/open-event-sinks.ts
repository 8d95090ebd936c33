import type { StreamEvent } from '../notify/index.ts';
import { type EventSink, natsSink, redisSink } from '../notify/sinks/index.ts';
import { followEvents, followerLag, positionOfEvent, type Store } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import { eventOf } from './outbox-source.ts';

const SAMPLE_MS = 5000;

/** How far a sink is behind. */
export type SinkLag = { readonly sink: string; readonly waiting: number; readonly seconds: number };

/** What is known of the sinks, for alarms. */
export type EventSinks = {
  readonly lags: () => Promise<readonly SinkLag[]>;
  readonly failure: (sink: string) => string | undefined;
};

/** All events are appended to the sinks of the configuration, in their order, by one node at a time. */
export function openEventSinks(base: Base, { store }: State): EventSinks {
  const { closer, clock } = base;
  const sinks = sinksOf(base);
  const failures = new Map<string, string>();
  for (const sink of sinks) {
    // Behind what reads for it: what hangs is broken off, so that the reader can end.
    const following = follow(base, store, sink, failures);
    closer.add(`sink ${sink.name}`, {
      close: async () => {
        const ending = following.close();
        await sink.close();
        await ending;
      },
    });
  }
  const lags = async () => {
    const found = await Promise.all(
      sinks.map(async ({ name: sink }) => {
        const lag = await followerLag(store, followerOf(sink));
        const oldestAtMs = lag?.oldestAt?.getTime() ?? clock.wallMs();
        return lag && { sink, waiting: lag.waiting, seconds: Math.max(0, clock.wallMs() - oldestAtMs) / 1000 };
      }),
    );
    return found.filter((lag) => lag !== undefined);
  };
  if (sinks.length > 0) closer.add('sink metrics', sampleLags(base, store, lags));
  return { lags, failure: (sink) => failures.get(sink) };
}

function sinksOf({ config }: Base): readonly EventSink[] {
  const { redis, nats } = config.eventSinks;
  const loginOf = ({ user, password }: { user: string | null; password: string | null }) => ({
    user: user ?? undefined,
    password: password ?? undefined,
  });
  const sinks: EventSink[] = [];
  if (redis.url !== null) sinks.push(redisSink({ ...redis, url: redis.url, ...loginOf(redis) }));
  if (nats.servers.length > 0) sinks.push(natsSink({ ...nats, ...loginOf(nats), token: nats.token ?? undefined }));
  return sinks;
}

function follow(base: Base, store: Store, sink: EventSink, failures: Map<string, string>) {
  const { log, metrics, clock } = base;
  const { name } = sink;
  metrics.sinkEvents.inc({ sink: name }, 0);
  metrics.sinkFailures.inc({ sink: name }, 0);
  const well = () => {
    if (failures.delete(name)) log.info({ sink: name }, 'events go to the sink again');
  };
  return followEvents({
    ...{ store, log, name: followerOf(name), since: new Date(clock.wallMs()) },
    resume: async (kept) => {
      const id = await sink.newest();
      well();
      // The answer to what was appended last may have been lost, and the sink may have lost what it had taken.
      return (id === undefined ? undefined : await positionOfEvent(store, id)) ?? kept;
    },
    handle: async (batch) => {
      await sink.append(batch.map((event): StreamEvent => eventOf(event)));
      metrics.sinkEvents.inc({ sink: name }, batch.length);
      well();
    },
    onFailure: (error) => {
      metrics.sinkFailures.inc({ sink: name });
      const reason = error instanceof Error ? error.message : String(error);
      if (!failures.has(name)) log.warn({ sink: name, reason }, 'events cannot be appended to the sink, they wait');
      failures.set(name, reason);
    },
  });
}

function followerOf(sink: string): string {
  return `sink ${sink}`;
}

function sampleLags({ metrics }: Base, store: Store, lags: () => Promise<readonly SinkLag[]>) {
  const sample = async () => {
    if (store.state.kind !== 'ready') return;
    for (const { sink, waiting, seconds } of await lags()) {
      metrics.sinkWaiting.set({ sink }, waiting);
      metrics.sinkLag.set({ sink }, seconds);
    }
  };
  // The store says by itself when it is away.
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS).unref();
  return { close: () => clearInterval(timer) };
}
