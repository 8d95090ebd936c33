import type { IncomingMessage } from 'node:http';
import type { ViewerSessions } from '../access/index.ts';
import {
  LimitShares,
  type NodeDoor,
  type Nodes,
  type Ownership,
  type Peer,
  Peers,
  type ViewerQuestion,
} from '../cluster/index.ts';
import type { PublisherRole, Registry, StreamId } from '../live/index.ts';
import type { Capacity, Publishers } from '../operations/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { FarAnswer } from '../server/rtmp/index.ts';
import { LimitSharesTable } from '../store/index.ts';
import type { Ladders, RenditionForecast } from '../transcode/index.ts';
import { askOthers } from './ask-others.ts';
import type { Base } from './base.ts';
import { openCopies } from './cluster-copies.ts';
import { type Members, openMembers } from './cluster-members.ts';
import { followOwners } from './follow-owners.ts';
import { type OfferedSource, offerToNode } from './offer-to-node.ts';
import { type AnswerViewer, openNodeDoor } from './open-node-door.ts';
import type { State } from './open-state.ts';
import { sampleCluster } from './sample-cluster.ts';
import { type SourcesElsewhere, sourcesAt } from './sources-elsewhere.ts';
import type { PublishedBefore } from './stream-setup.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly packagers: Packagers;
  readonly ladders: Ladders;
  readonly publishers: Publishers;
  readonly capacity: Pick<Capacity, 'publisherObstacle'>;
};

/** How the rest of the server sees the cluster; a node that is in none has none of it. */
export type Cluster = {
  readonly self: Peer;
  readonly nodes: Pick<Nodes, 'known'>;
  /** The others, to be asked things. */
  readonly peers: Peers;
  /** For whoever answers what the others ask. */
  readonly questions: Pick<NodeDoor, 'on' | 'exchange'>;
  /** What other nodes published under a name, for whoever publishes it now: its setup goes on behind that. */
  readonly before: (id: StreamId) => PublishedBefore;
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
  /** Whether anybody watches a stream of this node at another one. */
  readonly isWatchedElsewhere: (id: StreamId) => boolean;
  /** To be called before streams end: those who have copies are to wait for their publishers, not to see an end. */
  readonly leave: () => void;
};

/** The streams of the other nodes on the same database, and ours for them. Undefined where the node is in no cluster. */
export async function openCluster(base: Base, state: State, streams: Neighbours): Promise<Cluster | undefined> {
  const { config, clock, metrics, closer } = base;
  if (config.cluster.port === 0) return undefined;
  const members = await openMembers(base, state);
  const { self, table, tls, nodes, onFailure } = members;
  const { ownership, copies } = openCopies(base, state, streams, members);
  const door = openNodeDoor(base, state, streams, members, ownership);
  const peers = peersOf(members, ownership, streams.registry);
  const limits = new LimitShares({
    ...{ table: new LimitSharesTable(state.store), clock, nodeId: self.nodeId, onFailure },
    usedOf: (key) => streams.sessions.count(key),
    nodeCount: () => nodes.present().length,
  });
  const endFollowing = followOwners(table, ownership, nodes, onFailure);
  const stopSampling = sampleCluster(metrics, { nodes, copies, door: door.streams, clock });
  const leave = () => {
    ownership.leave();
    door.sources.close();
    copies.close();
  };
  const close = async () => {
    leave();
    await door.close();
    endFollowing();
    stopSampling();
    await tls?.close();
    await ownership.close();
    await limits.close();
    await nodes.close();
  };
  closer.add('cluster', { close });
  return {
    ...{ self, nodes, peers, limits, leave },
    ...{ questions: door.questions, open: door.open, endSources: () => door.sources.close() },
    ...ownedElsewhere(base, members, ownership, peers),
    epochOf: (id) => ownership.epochOf(id) || undefined,
    before: (id) => ({
      goesOnAtMs: ownership.goesOnAtMs(id),
      leastSegment: ownership.leastSegment(id),
      epoch: ownership.nextEpoch(id),
    }),
    renditionsOf: (id) =>
      copies.renditionsOf(id)?.map(({ name: rendition, ...rest }) => ({ ...rest, id: { ...id, name: rendition } })),
    askOthers: askOthers(members, ownership),
    catchUp: (id) => copies.catchUp(id),
    isWatchedElsewhere: (id) => door.streams.isWatched(id),
  };
}

function peersOf({ self, nodes, table, placeOf }: Members, ownership: Ownership, registry: Registry): Peers {
  return new Peers({
    nodeId: self.nodeId,
    others: () => nodes.others(),
    ownerOf: (id) => ownership.ownerOf(id),
    isOwn: (id) => registry.sourcesOf(id) !== undefined,
    isTold: () => table.isReady,
    placeOf,
  });
}

/** What can be known, and asked, of streams that other nodes publish. */
function ownedElsewhere({ clock }: Base, { self, nodes, placeOf }: Members, ownership: Ownership, peers: Peers) {
  const ownerOf = (id: StreamId) => {
    const nodeId = ownership.ownerOf(id)?.nodeId;
    const address = nodeId === undefined || nodeId === self.nodeId ? undefined : nodes.addressOf(nodeId);
    return nodeId === undefined || address === undefined ? undefined : { nodeId, address, name: nodes.nameOf(nodeId) };
  };
  return {
    publishedBy: (id: StreamId) => ownerOf(id)?.name,
    sourcesElsewhere: (id: StreamId) => {
      const owner = ownership.ownerOf(id);
      const peer = owner && peers.all.find((each) => each.nodeId === owner.nodeId);
      return peer && sourcesAt(peers, peer, id);
    },
    offerElsewhere: (id: StreamId, role: PublisherRole, source: OfferedSource) => {
      const owner = ownerOf(id);
      if (!owner) return undefined;
      const to = { place: placeOf(owner.address), node: owner.name, from: self.name };
      return offerToNode(to, clock, id, role, source);
    },
  };
}
