import { isGone, type Peer, type Peers, type PublisherAnswer } from '../cluster/index.ts';
import type { PublisherRole, StreamId } from '../live/index.ts';

/** Which sources a stream has on the node that publishes it, or why that is not known. */
export type SourcesElsewhere =
  | { readonly node: string; readonly roles: readonly PublisherRole[] }
  | { readonly node: string; readonly why: string };

/** Asks a node; undefined where the stream is not there any more, or the node is gone. */
export async function sourcesAt(peers: Peers, peer: Peer, { domain, app, name }: StreamId) {
  const { name: node } = peer;
  try {
    const bytes = await peers.ask(peer, { path: ['publishers', domain, app, name] });
    return bytes && { node, roles: (JSON.parse(bytes.toString()) as PublisherAnswer).roles };
  } catch (error) {
    return isGone(error) ? undefined : { node, why: error instanceof Error ? error.message : String(error) };
  }
}
