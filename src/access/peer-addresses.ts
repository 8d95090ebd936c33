import type { ProxyEndpoint } from './proxy-protocol.ts';

type Peer = { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined };

/** Whom connections that came by PROXY protocol speak for. TLS and HTTP/2 show other socket objects for the same peer. */
export class PeerAddresses {
  readonly #sources = new Map<string, string>();

  /** The connection speaks for `source` until the function it gives is called. */
  adopt(peer: Peer, source: ProxyEndpoint): () => void {
    const key = keyOf(peer);
    this.#sources.set(key, source.address);
    return () => {
      this.#sources.delete(key);
    };
  }

  /** Empty when the connection is gone. */
  of(peer: Peer): string {
    const source = this.#sources.size > 0 ? this.#sources.get(keyOf(peer)) : undefined;
    return source ?? peer.remoteAddress ?? '';
  }
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}
