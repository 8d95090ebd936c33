import type { Config, ConfigOrigins } from '../config/index.ts';
import type { Logger } from '../log/index.ts';
import { createMetrics } from '../metrics/index.ts';
import {
  authority,
  EventFeed,
  type IdentityDoor,
  kick,
  type PublicAddresses,
  playOrigins,
  playUrls,
  pushSetup,
  Repeats,
  type StreamSources,
  trafficNow,
} from '../operations/index.ts';
import type { Finding } from '../rules/index.ts';
import {
  type ControlDoor,
  controlApp,
  EventStream,
  fileApp,
  operationsOf,
  ownFilesOf,
  ownOperationsOf,
  watchedApp,
} from '../server/api/index.ts';
import { apsaraDoor, describedActions, SERVICES } from '../server/apsara/index.ts';
import { backup, KeptAnswers, UsedNonces } from '../store/index.ts';
import { archiveFolder } from './archive-folder.ts';
import type { Base } from './base.ts';
import { Closer } from './closer.ts';
import { countWeakSettings } from './count-weak-settings.ts';
import { doorLimits } from './door-limits.ts';
import { Doors } from './doors.ts';
import { holdArchive } from './hold-archive.ts';
import { linkDoor } from './link-door.ts';
import { listedStorages } from './listed-storages.ts';
import { nodeSettings } from './node-settings.ts';
import { openAlarms } from './open-alarms.ts';
import { openAssetPlay } from './open-asset-play.ts';
import { openCallbacks } from './open-callbacks.ts';
import { openCertificateShelf } from './open-certificate-shelf.ts';
import { openDomainCheck } from './open-domain-check.ts';
import { openEventSinks } from './open-event-sinks.ts';
import { openHosts } from './open-hosts.ts';
import { openIdentity } from './open-identity.ts';
import { assetsUrlAt, openMediaService } from './open-media-service.ts';
import { answerForwarded, openNodes } from './open-nodes.ts';
import { openPlaybackWorkers } from './open-playback-workers.ts';
import { openRelays } from './open-relays.ts';
import { connectionLimits, openServers } from './open-servers.ts';
import { openState, type State } from './open-state.ts';
import { openStreamStates } from './open-stream-states.ts';
import { openStreams, type Streams } from './open-streams.ts';
import { PLAYER_DIR } from './package-root.ts';
import { rulesDoor } from './rules-door.ts';
import { transcodingHealth } from './sample-ladders.ts';
import { shareBlocks } from './share-blocks.ts';
import { storedSnapshots } from './stored-snapshots.ts';
import { systemClock } from './time/index.ts';
import { openCertificates } from './tls-certificates.ts';

export type RunningApp = {
  readonly addresses: PublicAddresses;
  readonly isFirstStart: boolean;
  readonly adminPassword: string;
  readonly setup: ReturnType<typeof pushSetup>;
  posture(): readonly Finding[];
  /** Before it stops: everybody may go by themselves for a while. */
  drain(): Promise<void>;
  /** The rest of that while is not waited for; false where there is none. */
  hurry(): boolean;
  close(): Promise<void>;
};

/** What is made of what: the whole server, from its configuration to its open doors. */
export async function startApp(config: Config, log: Logger, origins: ConfigOrigins): Promise<RunningApp> {
  const base: Base = { config, log, clock: systemClock, metrics: createMetrics(), closer: new Closer(log) };
  try {
    return await wire(base, origins);
  } catch (error) {
    await base.closer.close();
    throw error;
  }
}

async function wire(base: Base, origins: ConfigOrigins): Promise<RunningApp> {
  const { config, log, metrics, closer } = base;
  base.closer.add('hold of the archive', await holdArchive(archiveFolder(base.config), base.log));
  const state = await openState(base);
  const streams = await openStreams(base, state);
  const doors = closer.add('doors', new Doors(config, doorLimits(base, streams.clients)));
  const certificates = closer.add('certificates', await openCertificates(config, log, metrics));
  const shelf = await openCertificateShelf(base, state, { certificates, doors });
  const assets = await openAssetPlay(base, state);
  const connections = connectionLimits(base, streams);
  const workers = await openPlaybackWorkers(base, state, streams, { connections, certificates });
  const secure = {
    acmeAnswer: (token: string) => shelf.acme.answerTo(token),
    tlsPort: () => doors.addresses.playbackTlsPort,
    assets,
    workers: workers?.viewers,
  };
  const { rtmp, playback, forNodes, handOver } = openServers(base, state, streams, secure, connections);
  closer.add('shared blocks', shareBlocks(base, state, streams));
  await streams.cluster?.open((peer, request, response) => forNodes.answerFor(peer, request, response));
  closer.add('copies of our streams', { close: () => streams.cluster?.leave() });
  await workers?.start(playback);
  state.uploads.start();
  const addresses = await doors.openMedia(rtmp, workers?.inFrontOf(playback) ?? playback, certificates);
  const relays = openRelays(base, state, streams);
  handOver?.add(relays.leave);
  const identity = await openIdentity(base, state);
  state.status.watchCertificates(() => shelf.door.all().map(({ pair }) => pair));
  const sinks = openEventSinks(base, state);
  const control: ControlDoor = {
    ...(await openMediaService(base, state, streams, { identity, addresses, doors, assets })),
    ...controlDoor(base, state, streams, identity, addresses),
    ...(await openAlarms(base, state, streams, { certificates: () => shelf.door.all(), sinks })),
    relays,
    certificates: shelf.door,
    domainCheck: openDomainCheck(base, state, certificates),
    settings: nodeSettings(base, state, streams, { origins, addresses: () => doors.addresses }),
  };
  const eventStream = closer.add('event streams', new EventStream(control));
  const upgrade = eventStream.upgrade.bind(eventStream);
  const {
    clients,
    identity: { gate, audit },
  } = control;
  const files = fileApp(ownFilesOf(control), (error) =>
    log.error({ error }, 'a file could not be sent to another node'),
  );
  answerForwarded(streams, { operations: ownOperationsOf(control), audit, files });
  const apsara = apsaraDoor({
    services: SERVICES,
    operations: operationsOf(control),
    identity: { gate, audit },
    clients,
    log,
    wallMs: base.clock.wallMs,
    nonces: config.databaseUrl ? new UsedNonces(state.store) : undefined,
  });
  await doors.openControl({ listener: controlApp(control, apsara), upgrade }, watchedApp(control));
  state.status.logStart(log, state.rules(), addresses);
  closer.add(
    'weak settings',
    countWeakSettings(metrics, () => control.health().posture),
  );
  return {
    addresses,
    isFirstStart: state.isNew && config.cluster.port === 0,
    adminPassword: state.secrets.adminPassword,
    setup: control.streams.pushSetup('live', 'demo'),
    posture: () => control.health().posture,
    drain: () => streams.limits.drain.beforeStop(),
    hurry: () => streams.limits.drain.hurry(),
    close: () => closer.close(),
  };
}

function controlDoor(base: Base, state: State, streams: Streams, identity: IdentityDoor, addresses: PublicAddresses) {
  const { config, log, clock, metrics } = base;
  const { blocks, store, box, outbox, status, rules } = state;
  const { clients, registry, publishers, sessions, ladders, recording, clipping } = streams;
  const eventFeed = new EventFeed({ outbox, store });
  const sources: StreamSources = {
    ...{ clock, registry, publishers, sessions },
    addresses: () => addresses,
    ladderOf: (id) => ladders.of(id)?.overview(),
    isRecording: (id) => recording.recorder.isRecording(id),
  };
  const { all, ...nodes } = openNodes(base, state, streams, sources, addresses);
  return {
    clients,
    log,
    metrics,
    consoleDir: PLAYER_DIR,
    identity,
    repeats: new Repeats({
      kept: new KeptAnswers({ store, box }),
      wallMs: clock.wallMs,
      onFailure: (error) => log.error({ error }, 'an answer could not be kept for whoever asks again'),
    }),
    metricsToken: config.metrics.bearerToken ?? undefined,
    streams: {
      all,
      isHere: (id) => registry.sourcesOf(id) !== undefined,
      kick: (id) => kick(registry, id),
      chooseSource: (id, choice) => registry.choose(id, choice),
      pushSetup: (app, name) => pushSetup(rules(), addresses, app, name),
    },
    traffic: () => trafficNow({ ...{ registry, sessions, metrics }, wallMs: clock.wallMs }),
    playOrigins: () => playOrigins(rules().rules.domains, addresses),
    ...openStreamStates(state, sources, all),
    ...nodes,
    hosts: openHosts(base, state),
    apsara: { actions: () => describedActions(SERVICES) },
    health: () => ({ ...status.health(rules()), transcoding: transcodingHealth(ladders) }),
    drain: streams.limits.drain.drain,
    load: streams.limits.governor,
    blocks: {
      all: () => blocks.all(),
      block: (id, untilMs, reason, by) => blocks.block(registry, id, { untilMs, reason, by }),
      unblock: (id) => blocks.unblock(id),
    },
    links: linkDoor(state, streams.access, sources, addresses),
    rules: rulesDoor(base, state, () => [...publishers.infos()].map(({ id }) => id)),
    recording: {
      recordings: recording.recordings,
      command: (id, command) => recording.recorder.command(id, command),
    },
    clipping: { ...clipping, wallMs: clock.wallMs, pageOf: (id) => playUrls(id, addresses).page },
    deliveries: openCallbacks(base, state, () => assetsUrlAt(addresses)),
    top: streams.audience.top,
    reports: { ...streams.audience.reports, clipsOf: (id) => clipping.clips.list(id), costOf: streams.costing.costOf },
    limits: { rules, capacity: streams.limits.capacity },
    storages: listedStorages(config),
    snapshots: storedSnapshots(state),
    usage: streams.usage.door,
    costs: streams.costing.door,
    events: {
      after: (cursor, limit, wait) => eventFeed.after(cursor, limit, wait),
      cursorAt: (since) => eventFeed.cursorAt(since),
    },
    backup: (out) => backup(store, out),
    metricsTargets: () => [
      authority(config.nodeName ?? addresses.host, config.metrics.port || addresses.controlPort, 0),
    ],
  } satisfies Partial<ControlDoor>;
}
