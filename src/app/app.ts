import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Access, ClientAddresses, ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { Registry, type StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { createMetrics } from '../metrics/index.ts';
import {
  authority,
  EventFeed,
  kick,
  listStreams,
  type PublicAddresses,
  Publishers,
  publisherLimit,
  pushSetup,
  recheckPublishers,
  recheckSessions,
  viewerLimits,
} from '../operations/index.ts';
import { Feeds } from '../packager/index.ts';
import { type Finding, initialRules, type Refusal, RulesSource } from '../rules/index.ts';
import { type ControlDoor, controlApp, metricsApp } from '../server/api/index.ts';
import { Packagers, PlaybackServer, PlayerReports, playbackPages } from '../server/playback/index.ts';
import { RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID, RtmpServer } from '../server/rtmp/index.ts';
import { backup, HighWaterMarks, loadOrCreateSecrets, Outbox, openStore } from '../store/index.ts';
import { Closer } from './closer.ts';
import { openCountryLookup } from './country-lookup.ts';
import { Doors } from './doors.ts';
import { EventFlow } from './event-flow.ts';
import { keepHouse } from './housekeeping.ts';
import { observeMediaTimings } from './media-timings.ts';
import { NodeStatus } from './node-status.ts';
import { PLAYER_DIR } from './package-root.ts';
import { revisionStore } from './revision-store.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { trackSegmentNumbers } from './segment-numbers.ts';
import { streamSetup } from './stream-setup.ts';
import { systemClock } from './system-clock.ts';
import { openCertificates } from './tls-certificates.ts';
import { watchHealth } from './watch-health.ts';

export type RunningApp = {
  readonly addresses: PublicAddresses;
  readonly isFirstStart: boolean;
  readonly adminPassword: string;
  readonly setup: ReturnType<typeof pushSetup>;
  posture(): readonly Finding[];
  close(): Promise<void>;
};

/** What is made of what: the whole server, from its configuration to its open doors. */
export async function startApp(config: Config, log: Logger): Promise<RunningApp> {
  const clock = systemClock;
  const closer = new Closer(log);
  try {
    return await wire(config, log, clock, closer);
  } catch (error) {
    await closer.close();
    throw error;
  }
}

async function wire(config: Config, log: Logger, clock: typeof systemClock, closer: Closer): Promise<RunningApp> {
  const metrics = createMetrics();
  const { secrets, isNew } = await loadOrCreateSecrets(config.dataDir, log);
  const marks = closer.add('high-water marks', await HighWaterMarks.open(config.dataDir, { log }));
  const store = closer.add(
    'database',
    await openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl ?? undefined, log }),
  );
  const outbox = closer.add(
    'outbox',
    await Outbox.open({ store, dataDir: config.dataDir, nodeId: secrets.nodeId, log }),
  );
  const status = new NodeStatus({ config, clock, store, journal: outbox.journal });
  const rulesSource = await RulesSource.open({
    dataDir: config.dataDir,
    rulesFile: config.rulesFile ?? undefined,
    initial: () => initialRules(secrets),
    store: revisionStore(store, log),
    onRefused: (refusal: Refusal) => {
      metrics.rulesRefused.inc({ source: refusal.source });
      status.rulesRefused(refusal);
      log.error({ source: refusal.source, errors: refusal.errors }, 'rules refused, the rules before them stay');
    },
    onFailure: (error) => log.warn({ error }, 'rules could not be stored or read'),
  });
  closer.add('rules', rulesSource);
  rulesSource.onChange(({ revision, rules: { domains, callbacks } }) => {
    status.rulesTaken();
    log.info({ revision, domains: domains.length, callbacks: callbacks.length }, 'rules taken');
  });
  const rules = () => rulesSource.current();
  const settingsOf = (id: StreamId) => rules().settingsFor(id.domain, id.app, id.name);

  const registry = new Registry({
    clock,
    maxHeldRequests: config.limits.blockingRequests || Number.POSITIVE_INFINITY,
    onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed and was detached'),
  });
  const publishers = new Publishers(clock);
  const countryOf = await openCountryLookup(config);
  const sessionTokenKeys = { current: Buffer.from(secrets.sessionTokenKey) };
  const access = closer.add(
    'access',
    new Access({ rules, nowMs: clock.wallMs, sessionTokenKeys, ...(countryOf ? { countryOf } : {}) }),
  );
  const sessions = new ViewerSessions({ limitsOf: (session) => viewerLimits(rules(), session) });
  const clients = new ClientAddresses({ trustedProxies: config.trustedProxies });
  const feeds = new Feeds({
    clock,
    settingsOf: (stream) => settingsOf(stream.id).delivery,
    rtmpChunkSize: RTMP_CHUNK_SIZE,
    rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID,
  });
  const packagers = closer.add('packagers', new Packagers({ clock, registry, settingsOf: (id) => settingsOf(id).hls }));

  closer.add('housekeeping', keepHouse({ store, outbox, log }));
  const node = { nodeId: secrets.nodeId, nodeName: config.nodeName ?? hostname() };
  const events = closer.add(
    'events',
    await EventFlow.open({ clock, log, metrics, rules, publishers, store, outbox, ...node }),
  );
  registry.listen(events);
  observeMediaTimings(registry, metrics);
  closer.add('health', watchHealth(registry, publishers, log));
  closer.add('metrics', sampleMetrics({ metrics, registry, sessions, publishers, feeds, store, outbox }));
  registry.listen({ unpublished: ({ publisher }) => publishers.remove(publisher.sessionId) });
  trackSegmentNumbers(registry, marks);

  const shared = { clock, log, registry, rules, access, sessions, clients, feeds, limits: config.limits };
  const rtmp = new RtmpServer({
    ...shared,
    newId: randomUUID,
    randomBytes,
    usesProxyProtocol: config.proxyProtocol.rtmp === 'on',
    setupOf: (id) => streamSetup(id, settingsOf(id), config.limits, marks, clock),
    publisherLimit: (id, address) => publisherLimit(rules(), publishers, id, address),
    onPublisher: (info, id) => publishers.add({ ...info, id, startedWallMs: clock.wallMs() }),
    onPublishing: (sessionId, publish) => publishers.attach(sessionId, publish),
    onAnswered: (wanted, result) => {
      if (wanted === 'publish') metrics.publishes.inc({ result });
      else metrics.plays.inc({ protocol: 'rtmp', result });
    },
    onJoined: (seconds) => metrics.joinSeconds.observe({ protocol: 'rtmp' }, seconds),
    onEnd: (reason) => metrics.rtmpEnded.inc({ reason }),
  });
  const reports = closer.add('player reports', new PlayerReports(clock, metrics));
  const playbackDoor = {
    ...shared,
    packagers,
    newId: randomUUID,
    playerDir: PLAYER_DIR,
    usesProxyProtocol: config.proxyProtocol.playback === 'on',
    onRefused: (reason: string) => metrics.playbackRefused.inc({ reason }),
    onBeacon: (beacon: Parameters<PlayerReports['take']>[0]) => reports.take(beacon),
    onBytes: (protocol: string, sizeBytes: number) => metrics.deliveredBytes.inc({ protocol }, sizeBytes),
    onAnswered: (protocol: string, result: string) => metrics.plays.inc({ protocol, result }),
    onJoined: (protocol: string, seconds: number) => metrics.joinSeconds.observe({ protocol }, seconds),
  };
  const playback = new PlaybackServer(playbackDoor, playbackPages(playbackDoor));
  closer.add('playback', playback);
  closer.add('RTMP', rtmp);
  closer.add('streams', registry);
  closer.add('stop of everything open', { close: () => events.stop() });
  const recheck = () => {
    recheckPublishers(rules(), access, { publishers, registry });
    void recheckSessions(rules(), access, sessions).then((closed) =>
      metrics.viewersClosed.inc({ reason: 'REVOKED' }, closed),
    );
  };
  closer.add('access rules', { close: rulesSource.onChange(recheck) });

  const doors = closer.add('doors', new Doors(config));
  const certificates = await openCertificates(config, log, metrics);
  if (certificates) closer.add('certificates', certificates);
  const addresses = await doors.openMedia(rtmp, playback, certificates);
  const sources = { clock, registry, publishers, sessions, addresses: () => addresses };
  const setupFor = (app: string, name: string) => pushSetup(rules(), addresses, app, name);
  const eventFeed = new EventFeed({ outbox, store });
  const controlDoor: ControlDoor = {
    clock,
    log,
    metrics,
    consoleDir: PLAYER_DIR,
    adminPassword: secrets.adminPassword,
    jwtKey: secrets.jwtKey,
    metricsToken: config.metrics.bearerToken ?? undefined,
    streams: () => listStreams(sources),
    pushSetup: setupFor,
    health: () => status.health(rules()),
    kick: (id) => kick(registry, id),
    deadLetters: () => outbox.deadLetters(),
    eventsAfter: (cursor, limit, wait) => eventFeed.after(cursor, limit, wait),
    eventCursor: (since) => eventFeed.cursorAt(since),
    backup: (out) => backup(store, out),
    metricsTargets: () => [authority(addresses.host, config.metrics.port || addresses.controlPort, 0)],
  };
  await doors.openControl(controlApp(controlDoor), metricsApp(controlDoor));
  status.logStart(log, rules(), addresses);
  return {
    addresses,
    isFirstStart: isNew,
    adminPassword: secrets.adminPassword,
    setup: setupFor('live', 'demo'),
    posture: () => status.health(rules()).posture,
    close: () => closer.close(),
  };
}
