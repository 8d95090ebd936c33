import type { IncomingMessage } from 'node:http';
import type { PublisherRole, StreamId } from '../live/index.ts';
import type { StreamOwner } from '../store/index.ts';
import { askFile, type FileQuestion } from './ask-file.ts';
import { askNode, type Question } from './ask-node.ts';
import { nodeErrorOfStatus } from './node-error.ts';
import type { NodePlace } from './request-to.ts';

/** Another node. */
export type Peer = {
  readonly nodeId: string;
  readonly name: string;
  readonly address: string;
  /** Its release. */
  readonly version?: string;
};

/** How a node answers `GET publishers`: of a stream that it publishes, whether somebody sends it now, and as what. */
export type PublisherAnswer = { readonly state: 'live' | 'waiting'; readonly roles: readonly PublisherRole[] };

export type PeersOptions = {
  readonly nodeId: string;
  /** Those that are there, without this one. */
  readonly others: () => readonly Peer[];
  readonly ownerOf: (id: StreamId) => Pick<StreamOwner, 'nodeId'> | undefined;
  /** Whether the stream is published here. */
  readonly isOwn: (id: StreamId) => boolean;
  /** Whether all is heard that other nodes publish; while it is not, they are asked. */
  readonly isTold: () => boolean;
  readonly placeOf: (address: string) => NodePlace;
};

/** A node that says nothing for so long cannot be waited for by an encoder or a list. */
const PATIENCE_MS = 1000;

/** The other nodes, to be asked things. */
export class Peers {
  readonly #options: PeersOptions;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  get all(): readonly Peer[] {
    return this.#options.others();
  }

  /** The other node that publishes a stream or waits for its publisher; undefined where none does, or this one. */
  async ownerOf(id: StreamId): Promise<Peer | undefined> {
    if (nameable(id).some((each) => this.#options.isOwn(each))) return undefined;
    if (this.#options.isTold()) return this.#known(id);
    const found = await this.#askPublishers(id, this.all);
    return (found.find(({ state }) => state === 'live') ?? found[0])?.peer;
  }

  /** The other node to which somebody sends the stream now, as it says itself; undefined also of one that says nothing. */
  async publisherOf(id: StreamId): Promise<Peer | undefined> {
    const known = this.#known(id);
    const asked = this.#options.isTold() ? (known ? [known] : []) : this.all;
    const found = await this.#askPublishers(id, asked);
    return found.find(({ state }) => state === 'live')?.peer;
  }

  /** All others that may have something of a stream: the one that publishes it first. */
  async holders(id: StreamId): Promise<readonly Peer[]> {
    const owner = await this.ownerOf(id);
    const others = this.all.filter(({ nodeId }) => nodeId !== owner?.nodeId);
    return owner ? [owner, ...others] : others;
  }

  /** A file of another node, as it comes. Rejects with a `NodeError`. */
  async askFile(peer: Peer, question: FileQuestion): Promise<IncomingMessage> {
    const answer = await askFile(this.#options.placeOf(peer.address), question);
    const { statusCode = 500 } = answer;
    if (statusCode === 404 || statusCode === 416 || statusCode < 300) return answer;
    answer.resume();
    throw nodeErrorOfStatus(statusCode);
  }

  /** What a node answers; undefined where it knows nothing of the kind. Rejects with a `NodeError` where none comes. */
  async ask(peer: Peer, { timeoutMs = PATIENCE_MS, ...question }: Partial<Question> & Pick<Question, 'path'>) {
    const { status, bytes } = await askNode(this.#options.placeOf(peer.address), { ...question, timeoutMs });
    if (status === 404) return undefined;
    if (status !== 200) throw nodeErrorOfStatus(status);
    return bytes;
  }

  /** What all nodes answer, and the names of those that do not. */
  async askAll<T>(path: readonly string[]): Promise<{ readonly answers: Answers<T>; readonly missing: string[] }> {
    const missing: string[] = [];
    const asked = this.all.map(async (peer): Promise<Answers<T>> => {
      try {
        const bytes = await this.ask(peer, { path });
        return bytes ? [{ peer, answer: JSON.parse(bytes.toString()) as T }] : [];
      } catch {
        missing.push(peer.name);
        return [];
      }
    });
    return { answers: (await Promise.all(asked)).flat(), missing };
  }

  #known(id: StreamId): Peer | undefined {
    for (const each of nameable(id)) {
      const owner = this.#options.ownerOf(each);
      if (owner) return this.all.find(({ nodeId }) => nodeId === owner.nodeId);
    }
    return undefined;
  }

  async #askPublishers({ domain, app, name }: StreamId, peers: readonly Peer[]) {
    const asked = peers.map(async (peer) => {
      const bytes = await this.ask(peer, { path: ['publishers', domain, app, name] }).catch(() => undefined);
      return bytes ? [{ peer, ...(JSON.parse(bytes.toString()) as PublisherAnswer) }] : [];
    });
    return (await Promise.all(asked)).flat();
  }
}

type Answers<T> = readonly { readonly peer: Peer; readonly answer: T }[];

/** A name, and those of which it may be a rendition. */
export function nameable(id: StreamId): StreamId[] {
  const parts = id.name.split('_');
  return parts.map((_part, index) => ({ ...id, name: parts.slice(0, parts.length - index).join('_') }));
}
