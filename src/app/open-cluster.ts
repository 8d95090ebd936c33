import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import type { ViewerSessions } from '../access/index.ts';
import {
  type Answered,
  askForStream,
  askNode,
  LimitShares,
  Nodes,
  Ownership,
  StreamCopies,
  StreamDoor,
  type ViewerQuestion,
} from '../cluster/index.ts';
import type { Registry, Stream, StreamId } from '../live/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import { ClusterTables, LimitSharesTable } from '../store/index.ts';
import type { Ladders, RenditionForecast } from '../transcode/index.ts';
import type { Base } from './base.ts';
import { type AnswerViewer, clusterServer, ownAddress, placeAt, readAuthority } from './cluster-door.ts';
import { listen } from './listen.ts';
import type { State } from './open-state.ts';
import { VERSION } from './package-root.ts';
import { sampleCluster } from './sample-cluster.ts';
import { viewersOf } from './viewers-of.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly packagers: Packagers;
  readonly ladders: Ladders;
};

const ASK_OWNERS_MS = 5000;
/** More than passes between two looks. */
const CHANGED_SECONDS = 30;
const FORGET_MS = 3_600_000;
/** What a node may have waiting for another one, beside what a copy begins with. */
const QUEUE_BYTES = 32 * 1024 * 1024;
const STALL_MS = 5000;

/** How the rest of the server sees the cluster; a node that is in none has none of it. */
export type Cluster = {
  /** The stream time at which a stream goes on that was published under the name before and has not ended. */
  readonly goesOnAtMs: (id: StreamId) => number | undefined;
  /** By which ownership this node publishes a stream. */
  readonly epochOf: (id: StreamId) => number | undefined;
  /** Which other node publishes a stream now. */
  readonly publishedBy: (id: StreamId) => string | undefined;
  /** The renditions that the owner of a copied stream has. */
  readonly renditionsOf: (id: StreamId) => RenditionForecast[] | undefined;
  /** Limits that all nodes count together. */
  readonly limits: LimitShares;
  /** Asks the nodes that may have what this one has not of a stream what a viewer asks: its last owner first. */
  readonly askOthers: (id: StreamId, question: ViewerQuestion) => Promise<IncomingMessage | undefined>;
  /** Opens the door for the others; what their viewers ask is answered by `answerViewer`. */
  readonly open: (answerViewer: AnswerViewer) => Promise<void>;
  /** To be called before streams end: those who have copies are to wait for their publishers, not to see an end. */
  readonly leave: () => Promise<void>;
};

/** The streams of the other nodes on the same database, and ours for them. Undefined where the node is in no cluster. */
export function openCluster(base: Base, state: State, streams: Neighbours): Cluster | undefined {
  const { config, log, clock, metrics, closer } = base;
  const { registry, ladders } = streams;
  const { nodeId } = state.secrets;
  const { cluster } = config;
  if (cluster.port === 0) return undefined;
  const table = new ClusterTables(state.store);
  const onFailure = (error: unknown) => log.warn({ error }, 'the cluster could not ask the database');
  const name = config.nodeName ?? hostname();
  const self = { nodeId, name, address: ownAddress(cluster), version: VERSION };
  const nodes = new Nodes({ ...{ table, clock, self, onFailure } });
  const ca = readAuthority(cluster);
  const placeOf = (address: string) => placeAt(address, cluster, ca);
  const ownership = new Ownership({
    ...{ registry, clock, table, nodeId, onFailure },
    onChange: (id) => {
      copies.sourcesChanged(id);
      const owner = ownership.ownerOf(id);
      if (owner && nodes.addressOf(owner.nodeId) === undefined) void nodes.meet().then(() => copies.sourcesChanged(id));
    },
    onCeded: ({ nodeId: by, ...owner }) => {
      metrics.copyEvents.inc({ event: 'ceded' });
      const { domain, app, name: stream, epoch } = owner;
      log.warn(
        { ...{ domain, app, stream, epoch }, node: nodes.nameOf(by) },
        'stream is published by another node now',
      );
    },
  });
  const copies = new StreamCopies({
    ...{ registry, clock },
    viewersOf: viewersOf(streams),
    cacheOf: () => ({ maxBytes: config.limits.gopBytes, maxMs: config.limits.gopSeconds * 1000 }),
    waitMsOf: (id) => state.settingsOf(registry.ownerOf(id)).publish.waitSeconds * 1000,
    sourceOf: (id) => sourceOf(id),
    onReceived: (bytes) => metrics.copyBytes.inc({ direction: 'in' }, bytes),
    onTrouble: (id, trouble) => {
      metrics.copyEvents.inc({ event: 'failed' });
      log.info({ ...id, trouble }, 'copy of a stream is interrupted');
    },
  });
  const sourceOf = (id: StreamId) => {
    const owner = nameable(id)
      .map((each) => ownership.ownerOf(each))
      .find((each) => each !== undefined);
    if (owner) {
      const address = owner.nodeId === nodeId ? undefined : nodes.addressOf(owner.nodeId);
      return address === undefined ? undefined : (signal: AbortSignal) => askForStream(placeOf(address), id, signal);
    }
    // The database would have told: without it, whoever has the stream is asked for it.
    const others = table.isReady ? [] : nodes.others();
    if (others.length === 0) return undefined;
    return (signal: AbortSignal) =>
      askAll(
        others.map(({ address }) => placeOf(address)),
        id,
        signal,
      );
  };
  const door = new StreamDoor({
    ...{ clock, node: nodeId, maxBytes: QUEUE_BYTES, stallMs: STALL_MS, token: cluster.token ?? undefined },
    epochOf: (id) => ownership.epochOf(id),
    find: (id, signal) => registry.whenOwn(id, 0, signal),
    renditionsOf: (stream: Stream) =>
      ladders.renditionsOf(stream.id).map(({ id, ...rest }) => ({ ...rest, name: id.name })),
    onSent: (bytes) => metrics.copyBytes.inc({ direction: 'out' }, bytes),
    onTooSlow: () => metrics.copyEvents.inc({ event: 'too_slow' }),
  });
  let answerViewer: AnswerViewer = (_peer, _request, response) => response.writeHead(503).end();
  const server = clusterServer(
    cluster,
    (request, socket) => {
      door.upgrade(request, socket).catch((error) => {
        log.error({ error }, 'a stream could not be sent to another node');
        socket.destroy();
      });
    },
    (peer, request, response) => answerViewer(peer, request, response),
  );
  const shares = new LimitSharesTable(state.store);
  const limits = new LimitShares({
    ...{ table: shares, clock, nodeId, onFailure },
    usedOf: (key) => streams.sessions.count(key),
    nodeCount: () => nodes.present().length,
  });
  const endFollowing = followOwners(table, ownership, nodes, onFailure);
  const stopSampling = sampleCluster(metrics, { nodes, copies, door, clock });
  const leave = async () => {
    door.close();
    copies.close();
    server.close();
    server.closeAllConnections();
    endFollowing();
    stopSampling();
    await ownership.close();
    await limits.close();
    await nodes.close();
  };
  closer.add('cluster', { close: leave });
  return {
    epochOf: (id) => ownership.epochOf(id) || undefined,
    goesOnAtMs: (id) => ownership.goesOnAtMs(id),
    publishedBy: (id) => {
      const owner = ownership.ownerOf(id);
      if (!owner || owner.nodeId === nodeId || nodes.addressOf(owner.nodeId) === undefined) return undefined;
      return nodes.nameOf(owner.nodeId);
    },
    renditionsOf: (id) =>
      copies.renditionsOf(id)?.map(({ name: rendition, ...rest }) => ({ ...rest, id: { ...id, name: rendition } })),
    limits,
    askOthers: async (id, question) => {
      const lastOwner = nameable(id).flatMap((each) => ownership.lastOwnerOf(each) ?? [])[0];
      const others = nodes.others().sort((a, b) => Number(b.nodeId === lastOwner) - Number(a.nodeId === lastOwner));
      for (const { address } of others) {
        const answered = await askNode(placeOf(address), question).catch(() => undefined);
        if (answered && hasAnswered(answered)) return answered;
        answered?.resume();
      }
      return undefined;
    },
    open: async (answer) => {
      answerViewer = answer;
      await listen(server, { what: 'Cluster', host: cluster.host, port: cluster.port });
      log.info({ address: self.address, tls: cluster.tls.certFile !== null }, 'node of a cluster');
    },
    leave,
  };
}

/** It has what is asked for, or knows why nobody gets it; one that takes no such questions says 426. */
function hasAnswered({ statusCode = 500 }: IncomingMessage): boolean {
  return statusCode !== 404 && statusCode !== 426 && statusCode < 500;
}

/** A name, and those of which it may be a rendition. */
function nameable(id: StreamId): StreamId[] {
  const parts = id.name.split('_');
  return parts.map((_part, index) => ({ ...id, name: parts.slice(0, parts.length - index).join('_') }));
}

async function askAll(places: readonly Parameters<typeof askForStream>[0][], id: StreamId, signal: AbortSignal) {
  for (const place of places) {
    const answered: Answered = await askForStream(place, id, signal).catch(() => ({ kind: 'absent' as const }));
    if (answered.kind === 'stream') return answered;
  }
  return { kind: 'absent' as const };
}

/** Hears who publishes what: of each change at once, and of what was missed with the next look. */
function followOwners(
  table: ClusterTables,
  ownership: Ownership,
  nodes: Nodes,
  onFailure: (error: unknown) => void,
): () => void {
  const look = async (seconds?: number) => {
    if (!table.isReady) return;
    // Nodes first: an owner is of use once it is known where it is.
    if (seconds === undefined) await nodes.meet();
    for (const owner of await table.owners(seconds)) ownership.heard(owner);
  };
  const ready = () => {
    ownership.tellAgain();
    look().catch(onFailure);
  };
  const endListening = table.onChange((owner) => ownership.heard(owner), ready);
  const looking = setInterval(() => {
    ownership.tellAgain();
    look(CHANGED_SECONDS).catch(onFailure);
  }, ASK_OWNERS_MS).unref();
  const forgetting = setInterval(() => {
    if (table.isReady) table.forgetOld().catch(onFailure);
  }, FORGET_MS).unref();
  return () => {
    endListening();
    clearInterval(looking);
    clearInterval(forgetting);
  };
}

/** What a stream is set up with that was published elsewhere before: numbers and time go on. */
export function goesOnAfter(atMs: number | undefined, firstSegment: number) {
  // As numbers of segments do, those of discontinuities begin above all that any node gave out before.
  return atMs === undefined ? undefined : { segment: firstSegment - 1, discontinuities: firstSegment };
}
