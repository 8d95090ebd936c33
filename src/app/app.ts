import { randomBytes, randomUUID } from 'node:crypto';
import { Access, ClientAddresses, ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { Registry, type StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { createMetrics } from '../metrics/index.ts';
import {
  authority,
  eventsAfter,
  kick,
  listStreams,
  type PublicAddresses,
  Publishers,
  pushSetup,
  recheckSessions,
  viewerLimits,
} from '../operations/index.ts';
import { Feeds } from '../packager/index.ts';
import { type Finding, initialRules, type Refusal, RulesSource } from '../rules/index.ts';
import { type ControlDoor, controlApp, metricsApp } from '../server/api/index.ts';
import { Packagers, PlaybackServer, PlayerReports, playbackPages } from '../server/playback/index.ts';
import { RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID, RtmpServer } from '../server/rtmp/index.ts';
import { HighWaterMarks, loadOrCreateSecrets, Outbox, openStore } from '../store/index.ts';
import { Closer } from './closer.ts';
import { Doors } from './doors.ts';
import { EventFlow } from './event-flow.ts';
import { NodeStatus } from './node-status.ts';
import { PLAYER_DIR } from './package-root.ts';
import { revisionStore } from './revision-store.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { trackSegmentNumbers } from './segment-numbers.ts';
import { streamSetup } from './stream-setup.ts';
import { systemClock } from './system-clock.ts';

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
  const marks = closer.add('high-water marks', await HighWaterMarks.open(config.dataDir));
  const store = closer.add(
    'database',
    await openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl ?? undefined, log }),
  );
  const status = new NodeStatus({ config, clock, store });
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
  rulesSource.onChange(() => status.rulesTaken());
  const rules = () => rulesSource.current();
  const settingsOf = (id: StreamId) => rules().settingsFor(id.domain, id.app, id.name);

  const registry = new Registry({
    clock,
    maxHeldRequests: config.limits.blockingRequests,
    onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed and was detached'),
  });
  const publishers = new Publishers(clock);
  const sessionTokenKeys = { current: Buffer.from(secrets.sessionTokenKey) };
  const access = closer.add('access', new Access({ rules, nowMs: clock.wallMs, sessionTokenKeys }));
  const sessions = new ViewerSessions({ limitsOf: (session) => viewerLimits(rules(), session) });
  const clients = new ClientAddresses({ trustedProxies: config.trustedProxies });
  const feeds = new Feeds({
    clock,
    settingsOf: (stream) => settingsOf(stream.id).delivery,
    rtmpChunkSize: RTMP_CHUNK_SIZE,
    rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID,
  });
  const packagers = closer.add('packagers', new Packagers({ clock, registry, settingsOf: (id) => settingsOf(id).hls }));

  const outbox = closer.add(
    'outbox',
    await Outbox.open({ store, dataDir: config.dataDir, nodeId: secrets.nodeId, log }),
  );
  const nodeId = config.nodeName ?? secrets.nodeId;
  const events = closer.add(
    'events',
    await EventFlow.open({ clock, log, metrics, rules, publishers, store, outbox, nodeId }),
  );
  registry.listen(events);
  registry.listen({ unpublished: ({ publisher }) => publishers.remove(publisher.sessionId) });
  trackSegmentNumbers(registry, marks);

  const shared = { clock, log, registry, rules, access, sessions, clients, feeds, limits: config.limits };
  const rtmp = new RtmpServer({
    ...shared,
    newId: randomUUID,
    randomBytes,
    usesProxyProtocol: config.proxyProtocol.rtmp === 'on',
    setupOf: (id) => streamSetup(id, settingsOf(id), config.limits, marks, clock),
    onPublisher: (info, id) => publishers.add({ ...info, id, startedWallMs: clock.wallMs() }),
    onPublishing: (sessionId, publish) => publishers.attach(sessionId, publish),
    onAnswered: (wanted, result) => {
      if (wanted === 'publish') metrics.publishes.inc({ result });
      else metrics.plays.inc({ protocol: 'rtmp', result });
    },
    onEnd: (reason) => metrics.rtmpEnded.inc({ reason }),
  });
  const reports = closer.add('player reports', new PlayerReports(clock, metrics));
  const playbackDoor = {
    ...shared,
    packagers,
    newId: randomUUID,
    playerDir: PLAYER_DIR,
    onBeacon: (beacon: Parameters<PlayerReports['take']>[0]) => reports.take(beacon),
    onBytes: (protocol: string, sizeBytes: number) => metrics.deliveredBytes.inc({ protocol }, sizeBytes),
    onAnswered: (protocol: string, result: string) => metrics.plays.inc({ protocol, result }),
    onJoined: (protocol: string, seconds: number) => metrics.joinSeconds.observe({ protocol }, seconds),
  };
  const playback = new PlaybackServer(playbackDoor, playbackPages(playbackDoor));
  closer.add('playback', playback);
  closer.add('RTMP', rtmp);
  closer.add('streams', registry);
  closer.add('metrics', sampleMetrics({ metrics, registry, sessions, publishers, feeds, store }));
  closer.add('access rules', { close: rulesSource.onChange(() => void recheckSessions(access, sessions)) });

  const doors = closer.add('doors', new Doors(config));
  const addresses = await doors.openMedia(rtmp, playback);
  const sources = { clock, registry, publishers, sessions, addresses: () => addresses };
  const setupFor = (app: string, name: string) => pushSetup(rules(), addresses, app, name);
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
    eventsAfter: (cursor, limit) => eventsAfter(outbox, cursor, limit),
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
