import { hostname } from 'node:os';
import { type Newcomer, refusal } from '../access/index.ts';
import { Registry, type StreamId } from '../live/index.ts';
import type { WorkerLoad } from '../load/index.ts';
import { Publishers } from '../operations/index.ts';
import type { Ladders } from '../transcode/index.ts';
import type { Base } from './base.ts';
import { EventFlow } from './event-flow.ts';
import { logStreams } from './log-streams.ts';
import { observeMediaTimings } from './media-timings.ts';
import { openAccess } from './open-access.ts';
import { keptBy } from './open-archive.ts';
import { type Audience, openAudience } from './open-audience.ts';
import { openCapacity } from './open-capacity.ts';
import { type Cluster, openCluster } from './open-cluster.ts';
import { type OpenedCosts, openCosts } from './open-costs.ts';
import { openDelivery } from './open-delivery.ts';
import { openDrain } from './open-drain.ts';
import { openKeeping } from './open-keeping.ts';
import { openLadders } from './open-ladders.ts';
import { openLoad } from './open-load.ts';
import { openModeration } from './open-moderation.ts';
import { openProcessRecord } from './open-process-record.ts';
import { openSlates } from './open-slates.ts';
import { openSnapshots } from './open-snapshots.ts';
import type { State } from './open-state.ts';
import { openUsage } from './open-usage.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { trackSegmentNumbers } from './segment-numbers.ts';
import { tellOfSources } from './source-news.ts';
import { tellOfSnapshots } from './tell-of-snapshots.ts';
import { ContentNews } from './watch-content.ts';
import { watchHealth } from './watch-health.ts';

/** The running streams, who may reach them, and those who hear of them. */
export async function openStreams(base: Base, state: State) {
  const { config, log, clock, metrics, closer } = base;
  const { marks, store, outbox, settingsOf } = state;
  const slates = openSlates(base, state);
  const registry = new Registry({
    clock,
    slateFor: slates.slateFor,
    mayBeElsewhere: () => config.cluster.port !== 0 && store.state.kind !== 'ready',
    isLeaving: () => isLeaving(),
    maxHeldRequests: config.limits.blockingRequests || Number.POSITIVE_INFINITY,
    onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed and was detached'),
  });
  slates.follow(registry);
  const publishers = new Publishers(clock, (id) => ({
    pictures: snapshots.facts(id),
    limits: settingsOf(id).health,
  }));
  let costing: OpenedCosts | undefined;
  let cluster: Cluster | undefined;
  const { traffic, capacity, startSampling } = openCapacity(base, state, {
    publishers,
    sessions: () => sessions,
    ladders: () => ladders,
    overspent: ({ name, ...id }, what) => costing?.spending.refusal({ ...id, stream: name }, what),
    shared: () => cluster?.limits,
  });
  let running: Ladders | undefined;
  const usage = await openUsage(base, state, { registry, publishers, ladders: () => running });
  costing = openCosts(base, state, usage);
  const drain = openDrain(base, state, { sessions: () => sessions, recordings: () => recordingsNow() });
  const isLeaving = () => cluster !== undefined && drain.drain.state !== 'serving';
  const workerLoads: { now: () => readonly WorkerLoad[] } = { now: () => [] };
  const governor = openLoad(base, () => workerLoads.now());
  const shut = ({ protocol }: Newcomer) => {
    if (drain.drain.refusal && protocol !== 'hls') return refusal('DRAINING');
    const reason = governor.without('new-viewers');
    return reason === undefined ? undefined : refusal('OVERLOADED', { reason });
  };
  const { access, sessions, clients } = await openAccess(base, state, {
    ...{ registry, capacity, shut, shared: () => cluster?.limits },
  });
  const audience = await openAudience(base, state, { registry, sessions, publishers });
  sessions.listen(usage.viewers);
  const isKept = keptBy(registry, state);
  const delivery = openDelivery(base, state, { registry, isKept, traffic, past: () => keeping.past });
  const { feeds, packagers, encryptionOf } = delivery;
  const events = await openEvents(base, state, {
    registry,
    publishers,
    audience,
    epochOf: (id) => cluster?.epochOf(id),
  });
  closer.add('metrics', sampleMetrics({ metrics, registry, sessions, publishers, feeds, packagers, store, outbox }));
  registry.listen({
    sourceLeft: (publication) => {
      const { stream, publisher } = publication;
      if (registry.publicationOf(stream.id) === publication) publishers.leave(publisher.sessionId);
      else publishers.remove(publisher.sessionId);
    },
    unpublished: ({ publisher }) => publishers.remove(publisher.sessionId),
  });
  closer.add('news of sources', tellOfSources(base, { registry, publishers, events }));
  trackSegmentNumbers(registry, marks);
  tellOfSnapshots(config, state.uploads, events, usage.counters);
  const moderator = openModeration(base, state, { registry, publishers, events });
  const onTile: Parameters<typeof openSnapshots>[2]['onTile'] = (id, tile, atWallMs) => {
    if (isKept(id)) keeping.previews.keep(id, tile.jpeg, atWallMs);
  };
  const { snapshots, pictures, pictureOf } = openSnapshots(base, state, {
    ...{ registry, moderator, onTile, isResting: () => governor.without('previews') !== undefined },
  });
  const kept = { registry, publishers, packagers, events, pictures, encryptionOf, usage: usage.counters };
  const keeping = await openKeeping(base, state, kept);
  const processesOf = await openProcessRecord(base);
  const ladders: Ladders = await openLadders(base, state, {
    ...{ registry, publishers, sessions, packagers, events, isKept, capacity, governor, onProcesses: processesOf() },
    isLeaving,
    isWatchedElsewhere: (id) => cluster?.isWatchedElsewhere(id) ?? false,
  });
  running = ladders;
  const recordingsNow = () =>
    [...publishers.infos()].filter(({ id }) => keeping.recording.recorder.isRecording(id)).length;
  startSampling();
  const limits = { traffic, capacity, drain, governor, workerLoads };
  cluster = await openCluster(base, state, { registry, sessions, packagers, ladders, publishers, capacity });
  const viewed = { access, sessions, clients, feeds, packagers, usage, costing, audience };
  return {
    registry,
    publishers,
    cluster,
    processesOf,
    ...viewed,
    events,
    ladders,
    snapshots,
    pictureOf,
    limits,
    ...keeping,
  };
}

export type Streams = Awaited<ReturnType<typeof openStreams>>;

/** From what happens to streams to those who are told: callbacks, the log, health. */
async function openEvents(
  base: Base,
  state: State,
  {
    registry,
    publishers,
    audience,
    epochOf,
  }: {
    readonly registry: Registry;
    readonly publishers: Publishers;
    readonly audience: Audience;
    readonly epochOf: (id: StreamId) => number | undefined;
  },
): Promise<EventFlow> {
  const { config, log, clock, metrics, closer } = base;
  const { secrets, store, outbox, rules } = state;
  const node = { nodeId: secrets.nodeId, nodeName: config.nodeName ?? hostname() };
  const told = { clock, log, metrics, rules, publishers, store, outbox, audience, epochOf, ...node };
  const events = closer.add('events', await EventFlow.open(told));
  registry.listen(events);
  logStreams(registry, clock, log);
  observeMediaTimings(registry, metrics);
  const news = new ContentNews({
    tell: (about) => events.tell(about),
    wallMs: clock.wallMs,
    gauge: metrics.contentFindings,
    onError: (error) => log.error({ error }, 'event could not be written'),
  });
  closer.add('health', watchHealth({ registry, publishers, log, news, onLook: audience.looked }));
  return events;
}
