import type { Socket } from 'node:net';
import { ClientAddresses } from '../../access/index.ts';
import { Certificates, keyPairOf } from '../../certificates/index.ts';
import { askForStream, StreamCopies } from '../../cluster/index.ts';
import { Registry, type StreamId, streamKey } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import { type DeliverySettings, Feeds } from '../../packager/index.ts';
import {
  type FromWorker,
  type HlsGrant,
  Packagers,
  type SentPair,
  type ToWorker,
  type WorkerSetup,
} from '../../server/playback/index.ts';
import { type CopiedStreams, WorkerServer } from '../../server/playback/worker/index.ts';
import { systemClock as clock } from '../time/index.ts';

export type PlaybackWorker = {
  hear(message: ToWorker, socket?: Socket): void;
  close(): Promise<void>;
};

/** A copy is waited for this long: the server has the stream, and says when it has it no more. */
const COPY_WAIT_MS = 10_000;
/** The server is gone for longer only where it has ended, and its workers with it. */
const SERVER_WAIT_MS = 15_000;

type Packaging = HlsGrant['packaging'];

/** What a playback worker is made of. */
export function openWorker(setup: WorkerSetup, log: Logger, send: (message: FromWorker) => void): PlaybackWorker {
  const registry = new Registry({
    clock,
    maxHeldRequests: Number.POSITIVE_INFINITY,
    onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed and was detached'),
  });
  const delivery = new Map<string, DeliverySettings>();
  registry.listen({ copyEnded: ({ id }) => delivery.delete(streamKey(id)) });
  const feeds = new Feeds({
    clock,
    settingsOf: ({ id }) => known(delivery.get(streamKey(id)), id),
    // Nobody plays RTMP here.
    rtmpChunkSize: 128,
    rtmpMessageStreamId: 1,
  });
  const packagingOf = (id: StreamId): Packaging | undefined => server.hls.packagingOf(id);
  const packagers = new Packagers({
    clock,
    registry,
    maxBytes: setup.limits.hlsBytes,
    settingsOf: (id) => known(packagingOf(id), id).settings,
    isAlways: () => false,
    encryptionOf: (id) => {
      const rotateSeconds = packagingOf(id)?.rotateSeconds;
      return rotateSeconds === undefined ? undefined : { secret: setup.mediaKeySecret, rotateSeconds };
    },
    longestOf: (id) => packagingOf(id)?.longest,
  });
  const pulls = new StreamCopies({
    ...{ clock, registry },
    sourceOf: (id) => (signal, asking) =>
      askForStream({ connect: { socketPath: setup.socketPath } }, id, signal, asking),
    viewersOf: (id) => server.streams.countOf(id),
    cacheOf: () => ({ maxBytes: setup.limits.gopBytes, maxMs: setup.limits.gopSeconds * 1000 }),
    waitMsOf: () => SERVER_WAIT_MS,
    onTrouble: (id, trouble) => log.warn({ ...id, trouble }, 'a stream could not be copied from the server'),
  });
  const server: WorkerServer = new WorkerServer({
    ...{ clock, log, feeds, packagers, send, copies: copiesOf(registry, pulls) },
    ...{ worker: setup.worker, socketPath: setup.socketPath, rules: setup.rules },
    clients: new ClientAddresses({ trustedProxies: setup.trustedProxies }),
    usesProxyProtocol: setup.usesProxyProtocol,
    blockingRequests: setup.limits.blockingRequests,
    onGranted: (grant) => delivery.set(streamKey(grant.id), grant.delivery),
  });
  const tls = openTls(server, Buffer.from(setup.ticketKeys, 'base64'), setup.certificates);
  return {
    hear(message, socket) {
      if (message.kind === 'connection') {
        if (socket) server.connection(message, socket);
        // It came without one: this process has no descriptor left, or the viewer is gone.
        else send({ kind: 'closed', connections: [message.connection] });
      } else if (message.kind === 'refuse') server.refuse(message.connection);
      else if (message.kind === 'close') server.streams.close(message.sessionId, message.reason);
      else if (message.kind === 'draining') server.draining(message.isDraining);
      else if (message.kind === 'shut-out') server.hls.shutOut(message.token);
      else if (message.kind === 'rules') server.hls.rulesChanged(message.rules);
      else if (message.kind === 'certificates') tls(message.certificates);
    },
    async close() {
      await server.close();
      packagers.close();
      pulls.close();
    },
  };
}

function copiesOf(registry: Registry, pulls: StreamCopies): CopiedStreams {
  return {
    get count() {
      return pulls.count;
    },
    get: (id, signal) => registry.whenLive(id, COPY_WAIT_MS, signal),
    use: (id) => void pulls.want(id),
  };
}

/** What is served came with leave to serve it, and that says how. */
function known<T>(settings: T | undefined, { name }: StreamId): T {
  if (settings === undefined) throw new Error(`nothing is known of how ${name} is delivered`);
  return settings;
}

/** Opens HTTPS with the first certificates, and shows the newest from then on. */
function openTls(server: WorkerServer, ticketKeys: Buffer, first: readonly SentPair[]) {
  const opened = Certificates.open({ byHost: [] });
  const show = (pairs: readonly SentPair[]) => {
    void opened.then((certificates) => {
      if (pairs.length === 0) return;
      certificates.give(
        pairs.map(({ hosts, cert, key }) => ({
          hosts,
          pair: keyPairOf({ cert: Buffer.from(cert), key: Buffer.from(key) }),
        })),
      );
      server.openTls({
        serverOptions: () => ({ ...certificates.serverOptions(), ticketKeys }),
        follow: (follower) => certificates.follow(follower),
      });
    });
  };
  show(first);
  return show;
}
