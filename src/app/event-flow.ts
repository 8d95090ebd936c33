import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Publication, PublishEnd, RegistryListener, Stream, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Metrics } from '../metrics/index.ts';
import {
  callbackSender,
  Deliverer,
  type DeliveryOutcome,
  eventId,
  type RecordingEventKind,
  type RelayEventKind,
  type RenditionEventKind,
  SessionEvents,
  type ShowReport,
  type SourceEventKind,
  type StreamEvent,
  type StreamEventData,
  type StreamEventKind,
  systemTimers,
} from '../notify/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { CallbackRule, CompiledRules } from '../rules/index.ts';
import { type OpenSession, type Outbox, openSessions, type Store } from '../store/index.ts';
import { callbackEndpoint, callbackRule } from './callback-endpoint.ts';
import { ingestDomainOf } from './ingest-domain.ts';
import { outboxSource } from './outbox-source.ts';
import { STOP_CAUSES } from './stop-causes.ts';

export type EventFlowOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rules: () => CompiledRules;
  readonly publishers: Publishers;
  readonly store: Store;
  readonly outbox: Outbox;
  /** Under which the outbox keeps this node's sessions. */
  readonly nodeId: string;
  /** By which ownership this node publishes a stream; undefined where it is in no cluster, or publishes it no more. */
  readonly epochOf: (id: StreamId) => number | undefined;
  /** What callbacks call this node. */
  readonly nodeName: string;
  /** Hears of every event, and has something to say of a show that is over. */
  readonly audience: {
    readonly heard: (event: StreamEvent) => void;
    readonly reportOf: (sessionId: string) => ShowReport | undefined;
  };
};

/** What happens to a stream and is no part of a publish's beginning or end. */
export type StreamNews = StreamId &
  Pick<StreamEvent, 'id' | 'sessionId' | 'atMs' | 'data'> & {
    readonly kind:
      | 'moderation'
      | 'snapshot'
      | 'finding_raised'
      | 'finding_cleared'
      | RecordingEventKind
      | RelayEventKind
      | SourceEventKind;
  };

/** How long the end of the server may wait for the disk, for the database, and for the receivers. */
const LAST_WRITE_MS = 3000;
const LAST_SEND_MS = 5000;

/** From what happens to streams to what callbacks hear: events, journal, outbox, deliveries. */
export class EventFlow implements RegistryListener {
  readonly #options: EventFlowOptions;
  readonly #events: SessionEvents;
  readonly #deliverer: Deliverer;
  readonly #sender = callbackSender();
  readonly #appending = new Set<Promise<unknown>>();
  readonly #stopLooking = new Map<string, () => void>();
  #isTooMuchSaid = false;
  #assetsUrl = () => '';

  private constructor(options: EventFlowOptions) {
    this.#options = options;
    this.#events = new SessionEvents({
      append: (event) => this.#append(event, this.#endpointsFor(event)),
      nowMs: options.clock.wallMs,
      timers: systemTimers,
    });
    this.#deliverer = new Deliverer({
      source: outboxSource(options.outbox, options.store, options.clock.wallMs),
      endpointOf: ({ endpointId }) => callbackEndpoint(options.rules(), endpointId, this.#assetsUrl()),
      send: this.#sender.send,
      nowMs: options.clock.wallMs,
      timers: systemTimers,
      onOutcome: (outcome) => this.#outcome(outcome),
      onSourceError: (error) => {
        if (options.store.state.kind === 'ready') options.log.warn({ error }, 'deliveries could not be claimed');
      },
    });
  }

  /** Tells first of the sessions that a crash left open, then takes new ones. */
  static async open(options: EventFlowOptions): Promise<EventFlow> {
    const flow = new EventFlow(options);
    for (const session of await flow.#openSessions()) flow.#closeCrashed(session);
    options.outbox.start();
    return flow;
  }

  /** From now on callbacks are sent; those of assets name the address that these are played below. */
  deliver({ assetsUrl }: { readonly assetsUrl: () => string }): void {
    this.#assetsUrl = assetsUrl;
    this.#deliverer.start();
  }

  published({ publisher, stream }: Publication): void {
    const info = this.#options.publishers.get(publisher.sessionId)?.info;
    const { domain, app, name } = stream.id;
    this.#events.started({
      sessionId: publisher.sessionId,
      domain,
      app,
      stream: name,
      ingestDomain: ingestDomainOf(this.#options.rules(), domain, info?.ingestHost ?? ''),
      address: info?.address ?? '',
      query: info?.query ?? '',
      node: this.#options.nodeName,
      protocol: 'rtmp',
    });
    const stop = stream.read({
      patienceMs: Number.POSITIVE_INFINITY,
      packet: (packet) => {
        if (packet.kind !== 'video') return;
        this.#events.videoSize(publisher.sessionId, packet.track.width, packet.track.height);
        this.#stopLookingFor(publisher.sessionId);
      },
    });
    this.#stopLooking.set(publisher.sessionId, stop);
  }

  unpublished({ publisher }: Publication, _isClean: boolean, { last, waits }: PublishEnd): void {
    this.#stopLookingFor(publisher.sessionId);
    const cause = STOP_CAUSES[last.ending ?? 'LOST'];
    this.#events.stopped(publisher.sessionId, cause, { waits, reason: last.endingDetail });
  }

  ended({ id }: Stream): void {
    this.#events.streamEnded({ domain: id.domain, app: id.app, stream: id.name });
  }

  /** Something happened to a rendition of a stream. */
  rendition({ domain, app, name }: Stream['id'], kind: RenditionEventKind, data: StreamEventData): void {
    this.#events.rendition({ domain, app, stream: name }, kind, data);
  }

  /**
   * Something about a stream beside its publishes; of recordings, after the `publish` of the session. Resolves once it
   * is on the disk; snapshots only where somebody hears.
   */
  async tell({ id, name, domain, app, sessionId, ...news }: StreamNews): Promise<void> {
    if (news.kind.startsWith('record_')) await this.#events.announced(sessionId);
    const { outbox, publishers, log, rules } = this.#options;
    const info = publishers.get(sessionId)?.info;
    const ingestDomain = ingestDomainOf(rules(), domain, info?.ingestHost ?? '');
    const event = { id, sessionId, domain, ingestDomain, app, stream: name, ...news };
    const endpointIds = this.#endpointsFor(event);
    this.#options.audience.heard(event);
    if (news.kind === 'snapshot' && endpointIds.length === 0) return;
    const isTaken = await outbox.append({ ...event, data: { ...event.data }, endpointIds });
    if (!isTaken && !this.#isTooMuchSaid) log.error({}, 'too many callbacks of snapshots wait for the database');
    this.#isTooMuchSaid = !isTaken;
  }

  /** The server stops: says so of everything that is open, before its streams end for that reason. */
  stop(): void {
    this.#events.close();
  }

  /** Waits until all that was said is on the disk, and tells it while there is time; the rest is told after the next start. */
  async close(): Promise<void> {
    this.stop();
    await inTime(LAST_WRITE_MS, Promise.all(this.#appending));
    if (this.#options.store.state.kind === 'ready') {
      await inTime(LAST_WRITE_MS, this.#options.outbox.drainJournal());
      await this.#deliverer.finish(LAST_SEND_MS);
    }
    await this.#deliverer.close();
    await this.#sender.close();
  }

  #stopLookingFor(sessionId: string): void {
    this.#stopLooking.get(sessionId)?.();
    this.#stopLooking.delete(sessionId);
  }

  #endpointsFor(event: StreamEvent): string[] {
    const rules = this.#options.rules().callbacksFor(event.domain, event.app, event.stream);
    return rules.filter((rule) => hears(rule, event.kind)).map((rule) => rule.id);
  }

  #append(event: StreamEvent<StreamEventKind>, endpointIds: readonly string[]): void {
    const { outbox, audience, epochOf } = this.#options;
    const epoch = epochOf({ domain: event.domain, app: event.app, name: event.stream });
    audience.heard(event);
    const report = event.kind === 'stream_ended' ? audience.reportOf(event.sessionId) : undefined;
    const appending: Promise<unknown> = outbox
      .append({ ...event, data: { ...event.data, ...(report && { report }) }, endpointIds, epoch })
      .catch((error) => this.#options.log.error({ error, kind: event.kind }, 'event could not be written'))
      .finally(() => this.#appending.delete(appending));
    this.#appending.add(appending);
  }

  async #openSessions(): Promise<OpenSession[]> {
    try {
      return await openSessions(this.#options);
    } catch (error) {
      this.#options.log.warn({ error }, 'open sessions could not be read from the database');
      return openSessions({ ...this.#options, store: undefined });
    }
  }

  #closeCrashed({ sessionId, isPublishing, data, endpointIds, ...names }: OpenSession): void {
    const { domain, ingestDomain, app, stream } = names;
    const kinds = isPublishing ? (['publish_done', 'stream_ended'] as const) : (['stream_ended'] as const);
    for (const kind of kinds) {
      const atMs = this.#options.clock.wallMs();
      const event = { id: eventId(sessionId, kind), kind, sessionId, domain, ingestDomain, app, stream, atMs };
      const hearing = endpointIds.filter((id) => {
        const rule = callbackRule(this.#options.rules(), id);
        return rule !== undefined && hears(rule, kind);
      });
      this.#append({ ...event, data: { ...data, cause: 'crash' } }, hearing);
    }
    const fields = { domain, app, name: stream, session: sessionId };
    this.#options.log.warn(fields, 'publish was open at a crash, its stop is told now');
  }

  #outcome({ endpointId, event, app, stream: name, result, attempt, error }: DeliveryOutcome): void {
    const { metrics, log, rules } = this.#options;
    metrics.callbacks.inc({ form: callbackEndpoint(rules(), endpointId)?.form ?? 'none', outcome: result });
    const fields = { endpoint: endpointId, event, app, name, attempt, reason: error };
    if (result === 'dead') log.error(fields, 'callback given up, it is among the dead letters');
    else if (result === 'retry' && attempt === 1) log.warn(fields, 'callback failed, it is tried again');
  }
}

function hears({ form, events }: CallbackRule, kind: StreamEvent['kind']): boolean {
  if (events) return events.some((each) => each === kind);
  if (form === 'json') return kind !== 'snapshot';
  return kind === 'publish' || kind === 'publish_done' || (form === 'srs' && kind === 'record_file');
}

/** Waits for the work, but no longer than this; its failure is no reason to wait. */
async function inTime(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  const timeUp = delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), timeUp]);
  timeout.abort();
}
