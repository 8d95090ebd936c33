import type { Peers } from '../cluster/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import { type StreamOverview, viewersTogether, type WatchedName } from './stream-overview.ts';
import { type PublicAddresses, playUrls } from './urls.ts';

/** What one node says of streams: those that are pushed to it, and what is watched there. */
export type StreamsOfNode = { readonly streams: readonly StreamOverview[]; readonly watched: readonly WatchedName[] };

export type AllStreamsOptions = {
  /** The same list again where it is as good as new. */
  readonly own: () => readonly StreamOverview[];
  /** Also what is only a copy. */
  readonly findOwn: (id: StreamId) => StreamOverview | undefined;
  readonly isCopy: (id: StreamId) => boolean;
  readonly watched: () => readonly WatchedName[];
  readonly addresses: () => PublicAddresses;
  readonly nowMs: () => number;
  /** Left out where there are no other nodes. */
  readonly others?: { readonly self: string; readonly peers: Pick<Peers, 'askAll'> } | undefined;
};

/** Streams of all nodes, and which nodes said nothing. */
export type ListedStreams = { readonly streams: readonly StreamOverview[]; readonly missing: readonly string[] };

type Viewers = StreamOverview['viewers'];
type Others = {
  readonly answers: readonly { readonly peer: { readonly name: string }; readonly answer: StreamsOfNode }[];
  readonly missing: readonly string[];
};

/** What others said is good for so long. */
const GOOD_MS = 1000;

/** The streams of all nodes, each with the viewers of all. */
export class AllStreams {
  readonly #options: AllStreamsOptions;
  #asked: { readonly atMs: number; readonly others: Promise<Others> } | undefined;
  #listed: (ListedStreams & { readonly of: readonly unknown[] }) | undefined;
  #told: { readonly of: unknown; readonly bytes: Buffer } | undefined;

  constructor(options: AllStreamsOptions) {
    this.#options = options;
  }

  /** The same list again where it is as good as new. */
  async list(): Promise<ListedStreams> {
    const { others, own } = this.#options;
    const asked = others && (await this.#othersNow(others.peers));
    const [here, listed] = [own(), this.#listed];
    if (listed && listed.of[0] === here && listed.of[1] === asked) return listed;
    const streams = asked && others ? this.#merged([this.#here(here), ...ofAnswers(asked)]) : here;
    this.#listed = { streams, missing: asked?.missing ?? [], of: [here, asked] };
    return this.#listed;
  }

  /** One of them; a copy of one whose node says nothing as it is here. */
  async find(id: StreamId): Promise<StreamOverview | undefined> {
    const { others, findOwn } = this.#options;
    const own = findOwn(id);
    if (!others) return own;
    const asked = await others.peers.askAll<StreamsOfNode>(['streams', id.domain, id.app, id.name]);
    const here = this.#here(own && !this.#options.isCopy(id) ? [own] : []);
    return this.#merged([here, ...ofAnswers(asked)])[0] ?? own;
  }

  /** What other nodes are told of this one; as text, which is made once for all who ask. */
  tell(): Buffer {
    const streams = this.#options.own();
    if (this.#told?.of !== streams) {
      this.#told = { of: streams, bytes: Buffer.from(JSON.stringify({ streams, watched: this.#options.watched() })) };
    }
    return this.#told.bytes;
  }

  /** The same of one stream and its renditions. */
  tellOf(id: StreamId): StreamsOfNode {
    const { findOwn, isCopy, watched } = this.#options;
    const own = isCopy(id) ? undefined : findOwn(id);
    const isOfIt = ({ domain, app, name }: WatchedName) =>
      domain === id.domain && app === id.app && (name === id.name || name.startsWith(`${id.name}_`));
    return { streams: own ? [own] : [], watched: watched().filter(isOfIt) };
  }

  #othersNow(peers: Pick<Peers, 'askAll'>): Promise<Others> {
    const atMs = this.#options.nowMs();
    if (!this.#asked || atMs - this.#asked.atMs >= GOOD_MS) {
      this.#asked = { atMs, others: peers.askAll<StreamsOfNode>(['streams']) };
    }
    return this.#asked.others;
  }

  #here(streams: readonly StreamOverview[]): NodeNamed {
    const { others, watched } = this.#options;
    return { node: others?.self ?? '', streams, watched: watched() };
  }

  /** Each stream with who watches it elsewhere, and with the addresses that this node gives out. */
  #merged(nodes: readonly NodeNamed[]): StreamOverview[] {
    const all = nodes.map((each) => ({ ...each, counts: countsOf(each.watched) }));
    return all.flatMap((owner) => {
      const elsewhere = all.filter((each) => each !== owner).map(({ counts }) => counts);
      const viewersOf = (id: StreamId, own: Viewers) =>
        elsewhere.reduce((sum, counts) => viewersTogether(sum, counts.get(streamKey(id))), own);
      return owner.streams.map((stream) => this.#shown(stream, owner.node, viewersOf));
    });
  }

  #shown(stream: StreamOverview, node: string, viewersOf: (id: StreamId, own: Viewers) => Viewers): StreamOverview {
    const { domain, app, name, transcoding } = stream;
    const urls = (id: StreamId) => playUrls(id, this.#options.addresses());
    const renditions = transcoding?.renditions.map((each) => {
      const id = { domain, app, name: each.name ?? '' };
      return { ...each, viewers: viewersOf(id, each.viewers), ...(each.urls && { urls: urls(id) }) };
    });
    const id = { domain, app, name };
    const shown = { ...stream, node, viewers: viewersOf(id, stream.viewers), urls: urls(id) };
    return transcoding && renditions ? { ...shown, transcoding: { ...transcoding, renditions } } : shown;
  }
}

type NodeNamed = StreamsOfNode & { readonly node: string };

function ofAnswers({ answers }: Pick<Others, 'answers'>): NodeNamed[] {
  return answers.map(({ peer, answer }) => ({ node: peer.name, ...answer }));
}

function countsOf(watched: readonly WatchedName[]): ReadonlyMap<string, Viewers> {
  return new Map(watched.map(({ viewers, ...id }) => [streamKey(id), viewers]));
}
