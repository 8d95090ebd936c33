import type { StreamId } from '../live/index.ts';

const STREAMS = '/cluster/v1/streams/';
const SOURCES = '/cluster/v1/sources/';

/** What the connection becomes that brings a stream. */
export const PROTOCOL = 'headwater-stream';
/** What the connection becomes that brings a source of a stream to the node that publishes it. */
export const SOURCE_PROTOCOL = 'headwater-source';

/** `/cluster/v1/streams/{domain}/{app}/{name}`, each of them percent-encoded. */
export function pathOfStream(id: StreamId): string {
  return STREAMS + encoded(id);
}

export function streamOfPath(path: string): StreamId | undefined {
  return decoded(path, STREAMS);
}

/** `/cluster/v1/sources/{domain}/{app}/{name}`. */
export function pathOfSource(id: StreamId): string {
  return SOURCES + encoded(id);
}

/** The stream that a source is brought for; undefined for a request of another kind. */
export function sourceOfPath(path: string): StreamId | undefined {
  return decoded(path, SOURCES);
}

function encoded({ domain, app, name }: StreamId): string {
  return [domain, app, name].map(encodeURIComponent).join('/');
}

function decoded(path: string, prefix: string): StreamId | undefined {
  if (!path.startsWith(prefix)) return undefined;
  try {
    const [domain, app, name, ...more] = path.slice(prefix.length).split('/').map(decodeURIComponent);
    return domain && app && name && more.length === 0 ? { domain, app, name } : undefined;
  } catch {
    return undefined;
  }
}
