import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionLimits } from '../access/index.ts';
import type { Certificates } from '../certificates/index.ts';
import { StreamDoor } from '../cluster/index.ts';
import type { Config } from '../config/index.ts';
import type { StreamId } from '../live/index.ts';
import type { WorkerLoad } from '../load/index.ts';
import {
  type FromWorker,
  type PlaybackServer,
  type TlsSource,
  type WorkerSetup,
  WorkerViewers,
} from '../server/playback/index.ts';
import { WorkerPool } from '../server/playback/pool/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

const SAMPLE_MS = 1000;
const TICKET_KEYS_BYTES = 48;
/** A worker that takes less than it is sent for this long gets its copy anew. */
const COPY_STALL_MS = 5000;

type Parts = { readonly connections: ConnectionLimits; readonly certificates: Certificates };

/** The processes that serve viewers beside this one, not started yet; undefined where the configuration wants none. */
export async function openPlaybackWorkers(base: Base, state: State, streams: Streams, parts: Parts) {
  const { config, clock, log, metrics, closer } = base;
  const count = workerCount(config.playback.workers);
  if (count === 0) return undefined;
  const { connections, certificates } = parts;
  // Only this user gets into it.
  const folder = await mkdtemp(join(tmpdir(), 'headwater-'));
  closer.add('folder of playback workers', { close: () => rm(folder, { recursive: true, force: true }) });
  const socketPath = join(folder, 'workers.sock');
  const ticketKeys = randomBytes(TICKET_KEYS_BYTES).toString('base64');
  const { traffic } = streams.limits;
  const viewers: WorkerViewers = new WorkerViewers({
    line: { tell: (worker, message) => pool.tell(worker, message), tellAll: (message) => pool.tellAll(message) },
    onSent: (protocol, sizeBytes, id) => {
      metrics.deliveredBytes.inc({ protocol }, sizeBytes);
      traffic.of(id).bytes += sizeBytes;
    },
    onJoined: (protocol, seconds, id) => {
      metrics.joinSeconds.observe({ protocol }, seconds);
      streams.audience.joined(protocol, id, seconds);
    },
  });
  const setup = (): Omit<WorkerSetup, 'worker' | 'name'> => ({
    ...{ socketPath, ticketKeys },
    logLevel: config.log.level,
    trustedProxies: config.trustedProxies,
    usesProxyProtocol: config.proxyProtocol.playback === 'on',
    limits: config.limits,
    mediaKeySecret: state.secrets.mediaKeySecret,
    certificates: certificates.sendable(),
    rules: viewers.rules,
  });
  const heard = (worker: number, message: FromWorker) => {
    viewers.heard(worker, message);
    if (message.kind === 'report') countReport(metrics, message);
  };
  const pool: WorkerPool = new WorkerPool({
    ...{ clock, log, count, connections, setup, heard },
    args: ['playback-worker'],
    onGone: (worker) => viewers.gone(worker),
    onRefused: (reason) => metrics.playbackRefused.inc({ reason }),
  });
  return {
    viewers,
    /** What listens in the place of the playback server. */
    inFrontOf: (playback: PlaybackServer) => ({
      listener(tls?: TlsSource): Server {
        if (tls) certificates.follow({ setSecureContext: () => sendCertificates(pool, certificates) });
        return pool.front(playback.listener(tls), tls !== undefined);
      },
    }),
    async start(playback: PlaybackServer): Promise<void> {
      await listenForWorkers(base, streams, playback, socketPath);
      closer.add('rules of playback workers', { close: state.rulesSource.onChange(() => viewers.rulesChanged()) });
      closer.add('playback workers', pool);
      streams.limits.workerLoads.now = () => loadsOf(pool);
      const { drain } = streams.limits.drain;
      const timer = setInterval(() => {
        sample(base, pool, viewers);
        pool.tellAll({ kind: 'draining', isDraining: drain.state !== 'serving' });
      }, SAMPLE_MS).unref();
      closer.add('metrics of playback workers', { close: () => clearInterval(timer) });
      pool.start();
    },
  };
}

export type PlaybackWorkers = Awaited<ReturnType<typeof openPlaybackWorkers>>;

function workerCount(workers: Config['playback']['workers']): number {
  return workers === 'auto' ? availableParallelism() - 1 : workers;
}

function sendCertificates(pool: WorkerPool, certificates: Certificates): void {
  pool.tellAll({ kind: 'certificates', certificates: certificates.sendable() });
}

/** Where workers ask what they cannot answer, and where they get streams. */
async function listenForWorkers(
  { config, clock, log, closer }: Base,
  { registry, packagers }: Streams,
  playback: PlaybackServer,
  socketPath: string,
): Promise<void> {
  const door = closer.add(
    'streams for playback workers',
    new StreamDoor({
      ...{ clock, node: '', maxBytes: config.limits.gopBytes, stallMs: COPY_STALL_MS },
      epochOf: () => 0,
      renditionsOf: () => [],
      find: (id: StreamId, signal) => registry.whenLive(id, 0, signal),
      listedBefore: (stream, segment) => packagers.listedBefore(stream, segment),
      onTooSlow: () => log.warn({}, 'a playback worker does not keep up, its copy is made anew'),
    }),
  );
  const server = playback.workersListener();
  server.on('upgrade', (request, socket) => void door.upgrade(request, socket));
  server.listen(socketPath);
  await once(server, 'listening');
}

function loadsOf(pool: WorkerPool): WorkerLoad[] {
  return [...pool.states()].flatMap(({ isReady, state }) =>
    isReady && state ? [{ eventLoopDelayMs: state.eventLoopDelaySeconds * 1000, descriptors: state.descriptors }] : [],
  );
}

function countReport(
  { viewerSkips, viewersClosed, playbackRefused }: Base['metrics'],
  { report: { counts } }: Extract<FromWorker, { kind: 'report' }>,
): void {
  for (const [protocol, count] of Object.entries(counts.skips)) viewerSkips.inc({ protocol }, count);
  for (const count of Object.values(counts.tooSlow)) viewersClosed.inc({ reason: 'TOO_SLOW' }, count);
  for (const [reason, count] of Object.entries(counts.refused)) playbackRefused.inc({ reason }, count);
}

function sample({ metrics }: Base, pool: WorkerPool, viewers: WorkerViewers): void {
  for (const { name, number, isReady, restarts, connectionCount, state } of pool.states()) {
    const worker = String(name);
    metrics.workerUp.set({ worker }, isReady ? 1 : 0);
    metrics.workerRestarts.set({ worker }, restarts);
    metrics.workerConnections.set({ worker }, connectionCount);
    metrics.workerViewers.set({ worker }, number === undefined ? 0 : viewers.countOf(number));
    metrics.workerCopies.set({ worker }, state?.copies ?? 0);
    metrics.workerMemory.set({ worker }, state?.residentBytes ?? 0);
    metrics.workerCpu.set({ worker }, state?.cpuSeconds ?? 0);
    metrics.workerDelay.set({ worker }, state?.eventLoopDelaySeconds ?? 0);
  }
}
