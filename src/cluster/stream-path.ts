import type { StreamId } from '../live/index.ts';

const PREFIX = '/cluster/v1/streams/';

/** What the connection becomes. */
export const PROTOCOL = 'headwater-stream';

/** `/cluster/v1/streams/{domain}/{app}/{name}`, each of them percent-encoded. */
export function pathOfStream({ domain, app, name }: StreamId): string {
  return PREFIX + [domain, app, name].map(encodeURIComponent).join('/');
}

export function streamOfPath(path: string): StreamId | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  try {
    const [domain, app, name, ...more] = path.slice(PREFIX.length).split('/').map(decodeURIComponent);
    return domain && app && name && more.length === 0 ? { domain, app, name } : undefined;
  } catch {
    return undefined;
  }
}
