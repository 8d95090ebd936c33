import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import type { ViewerSessions } from '../access/index.ts';
import {
  type Answered,
  askAsViewer,
  askForStream,
  atMost,
  LimitShares,
  NodeDoor,
  type NodePlace,
  Nodes,
  nameable,
  Ownership,
  type Peer,
  Peers,
  type PublisherAnswer,
  SourceDoor,
  StreamCopies,
  StreamDoor,
  streamOfNames,
  takeQuestion,
  type ViewerPeer,
  type ViewerQuestion,
} from '../cluster/index.ts';
import type { PublisherRole, Registry, Stream, StreamId } from '../live/index.ts';
import type { Capacity, Publishers } from '../operations/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { FarAnswer } from '../server/rtmp/index.ts';
import { ClusterTables, LimitSharesTable } from '../store/index.ts';
import type { Ladders, RenditionForecast } from '../transcode/index.ts';
import type { Base } from './base.ts';
import { clusterServer, ownAddress, placeAt } from './cluster-door.ts';
import { openClusterTls } from './cluster-tls.ts';
import { followOwners } from './follow-owners.ts';
import { listen } from './listen.ts';
import { type OfferedSource, offerToNode } from './offer-to-node.ts';
import type { State } from './open-state.ts';
import { VERSION } from './package-root.ts';
import { tellOfRefusedNodes } from './refused-nodes.ts';
import { sampleCluster } from './sample-cluster.ts';
import { sourceEntrance } from './source-entrance.ts';
import { type SourcesElsewhere, sourcesAt } from './sources-elsewhere.ts';
import { viewersOf } from './viewers-of.ts';

type AnswerViewer = (peer: ViewerPeer, request: IncomingMessage, response: ServerResponse) => void;

type Neighbours = {
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly packagers: Packagers;
  readonly ladders: Ladders;
  readonly publishers: Publishers;
  readonly capacity: Pick<Capacity, 'publisherObstacle'>;
};

/** What a node may have waiting for another one, beside what a copy begins with. */
const QUEUE_BYTES = 32 * 1024 * 1024;
const STALL_MS = 5000;
/** Of viewers, that wait for another node's answer at a time: each has a connection of its own. */
const MOST_QUESTIONS = 256;

/** How the rest of the server sees the cluster; a node that is in none has none of it. */
export type Cluster = {
  readonly self: Peer;
  readonly nodes: Pick<Nodes, 'known'>;
  /** The others, to be asked things. */
  readonly peers: Peers;
  /** For whoever answers what the others ask. */
  readonly questions: Pick<NodeDoor, 'on' | 'exchange'>;
  /** What other nodes published under a name, for whoever publishes it now: its setup goes on behind that. */
  readonly before: (id: StreamId) => { readonly goesOnAtMs: number | undefined; readonly leastSegment: number };
  /** By which ownership this node publishes a stream. */
  readonly epochOf: (id: StreamId) => number | undefined;
  /** Which other node publishes a stream now. */
  readonly publishedBy: (id: StreamId) => string | undefined;
  /** The renditions that the owner of a copied stream has. */
  readonly renditionsOf: (id: StreamId) => RenditionForecast[] | undefined;
  /** The sources of a stream that another node publishes; undefined where none does. */
  readonly sourcesElsewhere: (id: StreamId) => Promise<SourcesElsewhere | undefined> | undefined;
  /** Offers a source to the node that publishes its stream; undefined where no other one does. */
  readonly offerElsewhere: (id: StreamId, role: PublisherRole, source: OfferedSource) => Promise<FarAnswer> | undefined;
  /** Limits that all nodes count together. */
  readonly limits: LimitShares;
  /** Asks the nodes that may have what this one has not of a stream what a viewer asks: its last owner first. */
  readonly askOthers: (id: StreamId, question: ViewerQuestion) => Promise<IncomingMessage | undefined>;
  /** Opens the door for the others; what their viewers ask is answered by `answerViewer`. */
  readonly open: (answerViewer: AnswerViewer) => Promise<void>;
  /** Lets the encoders of other nodes go that are sources here: their nodes publish the streams themselves then. */
  readonly endSources: () => void;
  /** Has what another node published of a stream, so that a publisher goes on behind that. */
  readonly catchUp: (id: StreamId) => Promise<void>;
  /** To be called before streams end: those who have copies are to wait for their publishers, not to see an end. */
  readonly leave: () => void;
};

/** The streams of the other nodes on the same database, and ours for them. Undefined where the node is in no cluster. */
export async function openCluster(base: Base, state: State, streams: Neighbours): Promise<Cluster | undefined> {
  const { config, log, clock, metrics, closer } = base;
  const { registry, ladders } = streams;
  const { nodeId } = state.secrets;
  const { cluster } = config;
  if (cluster.port === 0) return undefined;
  const table = new ClusterTables(state.store);
  const onFailure = (error: unknown) => log.warn({ error }, 'the cluster could not ask the database');
  const name = config.nodeName ?? hostname();
  const self = { nodeId, name, address: ownAddress(cluster), version: VERSION };
  const tls = await openClusterTls(base);
  const nodes = new Nodes({ ...{ table, clock, self, onFailure } });
  const placeOf = (address: string) => placeAt(address, cluster, tls);
  const onRefused = tellOfRefusedNodes(log, clock);
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
      if (address === undefined) return undefined;
      return (signal: AbortSignal, isFirst: boolean) => askForStream(placeOf(address), id, signal, isFirst);
    }
    // The database would have told: without it, whoever has the stream is asked for it.
    const others = table.isReady ? [] : nodes.others();
    if (others.length === 0) return undefined;
    const places = others.map(({ address }) => placeOf(address));
    return (signal: AbortSignal, isFirst: boolean) => askAll(places, id, signal, isFirst);
  };
  const door = new StreamDoor({
    ...{ clock, node: nodeId, maxBytes: QUEUE_BYTES, stallMs: STALL_MS, token: cluster.token ?? undefined },
    onRefused,
    epochOf: (id) => ownership.epochOf(id),
    find: (id, signal) => registry.whenOwn(id, 0, signal),
    listedBefore: (stream, segment) => streams.packagers.listedBefore(stream, segment),
    renditionsOf: (stream: Stream) =>
      ladders.renditionsOf(stream.id).map(({ id, ...rest }) => ({ ...rest, name: id.name })),
    onSent: (bytes) => metrics.copyBytes.inc({ direction: 'out' }, bytes),
    onTooSlow: () => metrics.copyEvents.inc({ event: 'too_slow' }),
  });
  const sources = new SourceDoor({
    ...{ clock, token: cluster.token ?? undefined, onRefused },
    enter: sourceEntrance(base, state, streams),
  });
  const questions = new NodeDoor({
    ...{ token: cluster.token ?? undefined, onRefused },
    onError: (error) => log.error({ error }, 'a question of another node could not be answered'),
  });
  questions.on('GET publishers', ({ names }) => publisherAnswer(registry, streamOfNames(names)));
  const peers = new Peers({
    nodeId,
    others: () => nodes.others(),
    ownerOf: (id) => ownership.ownerOf(id),
    isOwn: (id) => registry.sourcesOf(id) !== undefined,
    isTold: () => table.isReady,
    placeOf,
  });
  const upgrade = (request: IncomingMessage, socket: Duplex) => {
    if (sources.upgrade(request, socket)) return;
    door.upgrade(request, socket).catch((error) => {
      log.error({ error }, 'a stream could not be sent to another node');
      socket.destroy();
    });
  };
  let answerViewer: AnswerViewer = (_peer, _request, response) => response.writeHead(503).end();
  const request = (asked: IncomingMessage, response: ServerResponse) => {
    const peer = takeQuestion(asked, cluster.token ?? undefined);
    if (peer) answerViewer(peer, asked, response);
    else void questions.handle(asked, response);
  };
  const server = clusterServer({ tls, upgrade, request, onRefused });
  const limits = new LimitShares({
    ...{ table: new LimitSharesTable(state.store), clock, nodeId, onFailure },
    usedOf: (key) => streams.sessions.count(key),
    nodeCount: () => nodes.present().length,
  });
  const endFollowing = followOwners(table, ownership, nodes, onFailure);
  const stopSampling = sampleCluster(metrics, { nodes, copies, door, clock });
  const leave = () => {
    ownership.leave();
    sources.close();
    copies.close();
  };
  const close = async () => {
    leave();
    await door.close();
    server.close();
    server.closeAllConnections();
    endFollowing();
    stopSampling();
    await tls?.close();
    await ownership.close();
    await limits.close();
    await nodes.close();
  };
  closer.add('cluster', { close });
  const sourcesElsewhere = (id: StreamId) => {
    const owner = ownership.ownerOf(id);
    const peer = owner && peers.all.find((each) => each.nodeId === owner.nodeId);
    return peer && sourcesAt(peers, peer, id);
  };
  return {
    ...{ self, nodes, peers, questions },
    epochOf: (id) => ownership.epochOf(id) || undefined,
    before: (id) => ({ goesOnAtMs: ownership.goesOnAtMs(id), leastSegment: ownership.leastSegment(id) }),
    publishedBy: (id) => {
      const owner = ownership.ownerOf(id);
      if (!owner || owner.nodeId === nodeId || nodes.addressOf(owner.nodeId) === undefined) return undefined;
      return nodes.nameOf(owner.nodeId);
    },
    sourcesElsewhere,
    offerElsewhere: (id, role, info) => {
      const owner = ownership.ownerOf(id);
      const address = owner && owner.nodeId !== nodeId ? nodes.addressOf(owner.nodeId) : undefined;
      if (!owner || address === undefined) return undefined;
      const to = { place: placeOf(address), node: nodes.nameOf(owner.nodeId), from: name };
      return offerToNode(to, clock, id, role, info);
    },
    renditionsOf: (id) =>
      copies.renditionsOf(id)?.map(({ name: rendition, ...rest }) => ({ ...rest, id: { ...id, name: rendition } })),
    limits,
    askOthers: atMost(MOST_QUESTIONS, async (id: StreamId, question: ViewerQuestion) => {
      const lastOwner = nameable(id).flatMap((each) => ownership.lastOwnerOf(each) ?? [])[0];
      const others = nodes.others().sort((a, b) => Number(b.nodeId === lastOwner) - Number(a.nodeId === lastOwner));
      for (const { address } of others) {
        const answered = await askAsViewer(placeOf(address), question).catch(() => undefined);
        if (answered && hasAnswered(answered)) return answered;
        answered?.resume();
      }
      return undefined;
    }),
    open: async (answer) => {
      answerViewer = answer;
      await listen(server, { what: 'Cluster', host: cluster.host, port: cluster.port });
      log.info({ address: self.address, tls: tls !== undefined }, 'node of a cluster');
    },
    endSources: () => sources.close(),
    catchUp: (id) => copies.catchUp(id),
    leave,
  };
}

/** It has what is asked for, or knows why nobody gets it. */
function hasAnswered({ statusCode = 500 }: IncomingMessage): boolean {
  return statusCode !== 404 && statusCode < 500;
}

/** Whether somebody sends a stream that is published here; one who sends nothing makes room for others. */
function publisherAnswer(registry: Registry, id: StreamId | undefined): PublisherAnswer | undefined {
  const publications = id && registry.sourcesOf(id)?.publications;
  if (!publications) return undefined;
  const sending = [...publications].filter(([, each]) => each.silentMs() < each.settings.ghostMs);
  return { state: sending.length > 0 ? 'live' : 'waiting', roles: sending.map(([role]) => role) };
}

async function askAll(places: readonly NodePlace[], ...asked: [id: StreamId, signal: AbortSignal, isFirst: boolean]) {
  for (const place of places) {
    const answered: Answered = await askForStream(place, ...asked).catch(() => ({ kind: 'absent' as const }));
    if (answered.kind === 'stream') return answered;
  }
  return { kind: 'absent' as const };
}
