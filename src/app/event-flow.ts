import type { Clock, Publication, PublicationEnding, RegistryListener, Stream } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Metrics } from '../metrics/index.ts';
import {
  callbackSender,
  Deliverer,
  type Endpoint,
  eventId,
  SessionEvents,
  type StopCause,
  type StreamEvent,
  systemTimers,
} from '../notify/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { CallbackRule, CompiledRules } from '../rules/index.ts';
import { type Outbox, openSessions, type Store } from '../store/index.ts';
import { outboxSource } from './outbox-source.ts';

export type EventFlowOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rules: () => CompiledRules;
  readonly publishers: Publishers;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly nodeId: string;
};

const CAUSES: Readonly<Record<PublicationEnding, StopCause>> = {
  UNPUBLISHED: 'unpublished',
  LOST: 'connection_lost',
  TAKEN_OVER: 'takeover',
  GHOST_REPLACED: 'takeover',
  IDLE: 'idle',
  KICKED: 'kicked',
};

/** From what happens to streams to what callbacks hear: events, journal, outbox, deliveries. */
export class EventFlow implements RegistryListener {
  readonly #options: EventFlowOptions;
  readonly #events: SessionEvents;
  readonly #deliverer: Deliverer;
  readonly #sender = callbackSender();
  readonly #appending = new Set<Promise<void>>();

  private constructor(options: EventFlowOptions) {
    this.#options = options;
    this.#events = new SessionEvents({
      append: (event) => this.#append(event),
      nowMs: options.clock.wallMs,
      timers: systemTimers,
    });
    this.#deliverer = new Deliverer({
      source: outboxSource(options.outbox, options.store, options.clock.wallMs),
      endpointOf: ({ endpointId }) => this.#endpointOf(endpointId),
      send: this.#sender.send,
      nowMs: options.clock.wallMs,
      timers: systemTimers,
      onOutcome: ({ endpointId, result }) => {
        options.metrics.callbacks.inc({ form: this.#endpointOf(endpointId)?.form ?? 'none', outcome: result });
      },
      onSourceError: (error) => {
        if (options.store.state.kind === 'ready') options.log.warn({ error }, 'deliveries could not be claimed');
      },
    });
  }

  /** Tells first of the sessions that a crash left open, then takes new ones. */
  static async open(options: EventFlowOptions): Promise<EventFlow> {
    const flow = new EventFlow(options);
    await flow.#closeCrashed();
    options.outbox.start();
    flow.#deliverer.start();
    return flow;
  }

  published({ publisher, stream }: Publication): void {
    const info = this.#options.publishers.get(publisher.sessionId)?.info;
    const { domain, app, name } = stream.id;
    this.#events.started({
      sessionId: publisher.sessionId,
      domain,
      app,
      stream: name,
      ingestDomain: info?.ingestHost ?? domain,
      address: info?.address ?? '',
      query: info?.query ?? '',
      node: this.#options.nodeId,
      protocol: 'rtmp',
    });
    const stop = stream.read({
      packet: (packet) => {
        if (packet.kind !== 'video') return;
        this.#events.videoSize(publisher.sessionId, packet.track.width, packet.track.height);
        stop();
      },
    });
  }

  unpublished({ publisher, settings, ending }: Publication, isClean: boolean): void {
    const cause = CAUSES[ending ?? 'LOST'];
    const waits = settings.waitMs > 0 && (!isClean || settings.waitAfterUnpublish);
    this.#events.stopped(publisher.sessionId, cause, { waits });
  }

  ended({ id }: Stream): void {
    this.#events.streamEnded({ domain: id.domain, app: id.app, stream: id.name });
  }

  /** Says that everything is over, and waits until it is on the disk. */
  async close(): Promise<void> {
    this.#events.close();
    await Promise.all(this.#appending);
    await this.#deliverer.close();
    await this.#sender.close();
  }

  #append(event: StreamEvent): void {
    const endpoints = this.#options.rules().callbacksFor(event.domain, event.app, event.stream);
    const endpointIds = endpoints.filter((rule) => hears(rule, event)).map((rule) => rule.id);
    const { data } = event;
    const appending = this.#options.outbox
      .append({ ...event, data: { ...data }, endpointIds })
      .catch((error) => this.#options.log.error({ error, kind: event.kind }, 'event could not be written'))
      .finally(() => this.#appending.delete(appending));
    this.#appending.add(appending);
  }

  async #closeCrashed(): Promise<void> {
    const { store, outbox, nodeId, clock, log } = this.#options;
    for (const session of await openSessions({ store, outbox, nodeId })) {
      const { sessionId, domain, ingestDomain, app, stream, data, endpointIds } = session;
      const common = { sessionId, domain, ingestDomain, app, stream, atMs: clock.wallMs(), endpointIds };
      for (const kind of ['publish_done', 'stream_ended'] as const) {
        await outbox.append({ ...common, id: eventId(sessionId, kind), kind, data: { ...data, cause: 'crash' } });
      }
      log.warn({ domain, app, name: stream, session: sessionId }, 'publish was open at a crash, its stop is told now');
    }
  }

  #endpointOf(id: string): Endpoint | undefined {
    const rule = this.#options.rules().rules.callbacks.find((callback) => callback.id === id);
    return rule && { id, url: rule.url, form: rule.form, key: rule.key, setBy: 'administrator' };
  }
}

function hears(rule: CallbackRule, event: StreamEvent): boolean {
  return rule.form === 'json' || event.kind === 'publish' || event.kind === 'publish_done';
}
