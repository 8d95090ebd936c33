import type { StreamId } from '../live/index.ts';

const PREFIX = '/cluster/v1/';
const STREAMS = 'streams';
const SOURCES = 'sources';

/** What the connection becomes that brings a stream. */
export const PROTOCOL = 'headwater-stream';
/** The stream is wanted with what playlists list of it. */
export const WINDOW_HEADER = 'headwater-window';
/** Nobody watches where the stream is wanted: it is given only if it is there. */
export const UNWATCHED_HEADER = 'headwater-unwatched';
/** A copy of the stream does, where its owner cannot be reached. */
export const COPY_HEADER = 'headwater-copy';
/** What the connection becomes that brings a source of a stream to the node that publishes it. */
export const SOURCE_PROTOCOL = 'headwater-source';

/** `/cluster/v1/` and names, each of them percent-encoded. */
export function pathOf(names: readonly string[]): string {
  return PREFIX + names.map(encodeURIComponent).join('/');
}

/** The names of a path; undefined where it is none of ours. */
export function namesOfPath(path: string): string[] | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  try {
    return path.slice(PREFIX.length).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** `/cluster/v1/streams/{domain}/{app}/{name}`. */
export function pathOfStream({ domain, app, name }: StreamId): string {
  return pathOf([STREAMS, domain, app, name]);
}

export function streamOfPath(path: string): StreamId | undefined {
  const [what, ...names] = namesOfPath(path) ?? [];
  return what === STREAMS ? streamOfNames(names) : undefined;
}

/** A stream by its domain, app and name; undefined where that is not what they are. */
export function streamOfNames([domain, app, name, ...more]: readonly string[]): StreamId | undefined {
  return domain && app && name && more.length === 0 ? { domain, app, name } : undefined;
}

/** `/cluster/v1/sources/{domain}/{app}/{name}`. */
export function pathOfSource({ domain, app, name }: StreamId): string {
  return pathOf([SOURCES, domain, app, name]);
}

/** The stream that a source is brought for; undefined for a request of another kind. */
export function sourceOfPath(path: string): StreamId | undefined {
  const [what, ...names] = namesOfPath(path) ?? [];
  return what === SOURCES ? streamOfNames(names) : undefined;
}
