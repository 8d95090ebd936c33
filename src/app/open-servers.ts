import { randomBytes, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { ConnectionLimits, ViewerSessions } from '../access/index.ts';
import type { StreamId } from '../live/index.ts';
import { recheckPublishers, recheckSessions } from '../operations/index.ts';
import { type PlaybackDoor, PlaybackServer, PlayerReports, playbackPages } from '../server/playback/index.ts';
import { RtmpServer } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import { countPlay } from './count-plays.ts';
import { HandOver } from './hand-over.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { PLAYER_DIR } from './package-root.ts';
import { streamSetup } from './stream-setup.ts';

/** Encoders come back within a second or two, and pulls are claimed by another node every three. */
const LONGEST_HAND_OVER_MS = 8000;

type Secure = Pick<PlaybackDoor, 'acmeAnswer' | 'tlsPort' | 'assets' | 'workers'>;

/** How many may be connected at once, to all doors together. */
export function connectionLimits({ config }: Base, { clients }: Streams): ConnectionLimits {
  return new ConnectionLimits({ ...config.limits, isExempt: (address) => clients.isTrusted(address) });
}

/** The servers of publishers and viewers, not listening yet. */
export function openServers(base: Base, state: State, streams: Streams, secure: Secure, connections: ConnectionLimits) {
  const { closer } = base;
  const door = playbackDoor(base, state, { ...streams, ...secure }, connections);
  const playback = closer.add('playback', new PlaybackServer(door, playbackPages(door)));
  const forNodes = closer.add('playback for other nodes', new PlaybackServer(forOtherNodes(door), refuseNodes));
  const rtmp = closer.add('RTMP', rtmpServer(base, state, streams, connections));
  const handOver = streams.cluster && openHandOver(base, streams, rtmp);
  streams.limits.drain.watch({ rtmp, playback, handOver });
  // Of a cluster, another node publishes them next.
  closer.add('streams', { close: () => streams.registry.close(streams.cluster !== undefined) });
  closer.add('stop of everything open', { close: () => streams.events.stop() });
  closer.add('stop of viewers', { close: () => streams.audience.stop() });
  closer.add('access rules', { close: state.rulesSource.onChange(() => recheck(base, state, streams)) });
  return { rtmp, playback, forNodes, handOver };
}

function openHandOver({ config, clock }: Base, { registry, events, cluster }: Streams, rtmp: RtmpServer): HandOver {
  const { drainSeconds, graceSeconds } = config.shutdown;
  const longestMs = drainSeconds === 0 ? 0 : Math.min(LONGEST_HAND_OVER_MS, (graceSeconds - drainSeconds) * 500);
  const handOver = new HandOver({ clock, registry, longestMs });
  // Their streams stop because this server does.
  handOver.add(() => events.stop());
  handOver.add(() => rtmp.endPublishers());
  handOver.add(() => cluster?.endSources());
  return handOver;
}

function shared({ config, log, clock, metrics }: Base, { rules, aliasUse }: State, streams: Streams) {
  const { registry, access, sessions, clients, feeds } = streams;
  const onAlias = (domain: string, alias: string, address: string) => {
    aliasUse.used(domain, alias, address);
    metrics.aliasRequests.inc({ domain, alias });
  };
  return {
    ...{ clock, log, registry, rules, access, sessions, clients, feeds },
    usage: streams.usage.counters,
    ...{ limits: config.limits, newId: randomUUID, onAlias },
  };
}

function rtmpServer(base: Base, state: State, streams: Streams, connections: ConnectionLimits): RtmpServer {
  const { config, clock, metrics } = base;
  const { settingsOf, marks } = state;
  const { publishers } = streams;
  return new RtmpServer({
    ...shared(base, state, streams),
    connections,
    randomBytes,
    usesProxyProtocol: config.proxyProtocol.rtmp === 'on',
    setupOf: (id) => streamSetup(id, settingsOf(id), config.limits, marks, clock, streams.cluster?.before(id)),
    publisherLimit: (id, address) => {
      const { drain, governor, capacity } = streams.limits;
      // Whose stream is there already comes back to it.
      const isBusy = streams.registry.find(id) ? undefined : governor.without('new-publishers');
      const shut = drain.drain.refusal ?? (isBusy === undefined ? undefined : { code: 'OVERLOADED', reason: isBusy });
      return shut ?? capacity.publisherObstacle(id, address);
    },
    publisherElsewhere: async (id) => (await streams.cluster?.peers.publisherOf(id))?.name,
    ...(streams.cluster && { offerElsewhere: streams.cluster.offerElsewhere, catchUp: streams.cluster.catchUp }),
    onPublisher: (info, id) => publishers.add({ ...info, id, startedWallMs: clock.wallMs() }),
    onPublishing: (sessionId, publish) => publishers.attach(sessionId, publish),
    onAnswered: (wanted, result, domain) => {
      if (wanted === 'publish') metrics.publishes.inc({ result });
      else countPlay(metrics, 'rtmp', result, domain);
    },
    onJoined: (seconds, of) => {
      metrics.joinSeconds.observe({ protocol: 'rtmp' }, seconds);
      streams.audience.joined('rtmp', of, seconds);
    },
    onEnd: (reason) => metrics.rtmpEnded.inc({ reason }),
  });
}

function playbackDoor(
  base: Base,
  state: State,
  streams: Streams & Secure,
  connections: ConnectionLimits,
): PlaybackDoor {
  const { config, clock, metrics, closer } = base;
  const reports = closer.add('player reports', new PlayerReports(clock, metrics));
  const hlsBytes = metrics.deliveredBytes.labels({ protocol: 'hls' });
  const { cluster } = streams;
  return {
    ...shared(base, state, streams),
    connections,
    acmeAnswer: streams.acmeAnswer,
    isDraining: () => streams.limits.drain.drain.state !== 'serving',
    tlsPort: streams.tlsPort,
    assets: streams.assets,
    workers: streams.workers,
    packagers: streams.packagers,
    past: streams.past,
    clipping: streams.clipping,
    renditionsOf: (id: StreamId) => streams.cluster?.renditionsOf(id) ?? streams.ladders.renditionsOf(id),
    snapshotOf: (id: StreamId) => streams.snapshots.latest(id),
    spriteOf: (id: StreamId) => streams.snapshots.sprite(streams.registry.ownerOf(id)),
    playerDir: PLAYER_DIR,
    usesProxyProtocol: config.proxyProtocol.playback === 'on',
    onRefused: (reason: string) => metrics.playbackRefused.inc({ reason }),
    onBeacon: (beacon: Parameters<PlayerReports['take']>[0]) => {
      reports.take(beacon);
      streams.audience.report(beacon.session, beacon);
    },
    onHlsBytes: (sizeBytes: number, from: Pick<StreamId, 'domain' | 'app'>) => {
      hlsBytes.inc(sizeBytes);
      streams.limits.traffic.of(from).bytes += sizeBytes;
    },
    onAnswered: (protocol: string, result: string, domain: string) => countPlay(metrics, protocol, result, domain),
    onJoined: (protocol: string, seconds: number, of: StreamId) => {
      metrics.joinSeconds.observe({ protocol }, seconds);
      streams.audience.joined(protocol, of, seconds);
    },
    elsewhere:
      cluster &&
      ((id, { method = 'GET', url = '/', headers }, peer) => cluster.askOthers(id, { method, url, headers, peer })),
  };
}

/** What viewers of other nodes ask: they are viewers, and counted, where they are. */
function forOtherNodes(door: PlaybackDoor): PlaybackDoor {
  const unlimited = { stream: 0, domain: 0, app: 0, address: 0, uid: 0 };
  const nobody = { moved: () => {}, stays: () => {}, left: () => {} };
  return {
    ...door,
    sessions: new ViewerSessions({ limitsOf: () => unlimited }),
    usage: { sent: () => ({ bytes: 0 }), answered: () => {}, joined: () => nobody },
    ...{ workers: undefined, elsewhere: undefined, isForOtherNodes: true },
    ...{ onHlsBytes: () => {}, onAnswered: () => {}, onJoined: () => {}, onBeacon: () => {} },
  };
}

/** Pages are the same on every node. */
const refuseNodes: RequestListener = (_request, response) => response.writeHead(404).end();

/** The rules changed: who is no longer allowed is sent away. */
function recheck({ metrics }: Base, { rules }: State, { access, publishers, registry, sessions }: Streams): void {
  recheckPublishers(rules(), access, { publishers, registry });
  void recheckSessions(rules(), access, sessions).then((closed) =>
    metrics.viewersClosed.inc({ reason: 'REVOKED' }, closed),
  );
}
