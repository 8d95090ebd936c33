import type { IncomingMessage } from 'node:http';

/** What a client sends. Whoever stops reading it can still be answered, which Node's own iterator makes impossible. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}
