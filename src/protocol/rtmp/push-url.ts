/** What `connect` and `publish` or `play` say about the stream. */
export type PushUrlParts = { readonly tcUrl: string; readonly app: string; readonly streamName: string };

export type PushUrl =
  | {
      readonly ok: true;
      /** In lower case without port, or `vhost=`; empty when the tcUrl names none. */
      readonly host: string;
      readonly app: string;
      readonly streamName: string;
      /** Still percent-encoded; each name of the app's query gives way to the same name of the stream's. */
      readonly query: string;
    }
  | { readonly ok: false; readonly reason: PushUrlProblem };

export type PushUrlProblem = 'NO_APP' | 'NO_STREAM_NAME' | 'TOO_MANY_SEGMENTS' | 'BAD_NAME';

const TC_URL = /^[a-z]+:\/\/([^/?#]*)(?:\/([^?]*))?(?:\?(.*))?$/is;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;
const MAX_APP_SEGMENTS = 4;
const MAX_PART_LENGTH = 8192;

/**
 * Joins app and stream name and cuts at the last slash, so that it makes no difference where the person at the encoder
 * drew the line between server and stream key.
 */
export function resolvePushUrl(parts: PushUrlParts): PushUrl {
  if ([parts.tcUrl, parts.app, parts.streamName].some((text) => text.length > MAX_PART_LENGTH)) return bad('BAD_NAME');
  const url = TC_URL.exec(parts.tcUrl);
  const app = cutQuery(parts.app || (url?.[2] ?? ''));
  const name = cutQuery(parts.streamName);
  const segments = [...segmentsOf(app.path), ...segmentsOf(name.path)].map(decodeOnce);
  const streamName = segments.at(-1);
  const appSegments = segments.slice(0, -1);
  if (streamName === undefined || (appSegments.length === 0 && segmentsOf(name.path).length === 0)) {
    return bad('NO_STREAM_NAME');
  }
  if (appSegments.length === 0) return bad('NO_APP');
  if (appSegments.length > MAX_APP_SEGMENTS) return bad('TOO_MANY_SEGMENTS');
  if (!segments.every((segment) => NAME.test(segment))) return bad('BAD_NAME');
  const query = mergeQueries([url?.[3] ?? '', app.query, name.query]);
  const host = new URLSearchParams(query).get('vhost') || hostOf(url?.[1] ?? '');
  return { ok: true, host: host.toLowerCase(), app: appSegments.join('/'), streamName, query };
}

function bad(reason: PushUrlProblem): PushUrl {
  return { ok: false, reason };
}

function cutQuery(text: string): { readonly path: string; readonly query: string } {
  const at = text.indexOf('?');
  return at < 0 ? { path: text, query: '' } : { path: text.slice(0, at), query: text.slice(at + 1) };
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** The empty text, which no rule lets pass, stands for wrong percent-encoding. */
function decodeOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

function mergeQueries(queries: readonly string[]): string {
  const byName = new Map<string, string[]>();
  for (const query of queries) {
    const own = new Map<string, string[]>();
    for (const pair of query.split(/[&?]/).filter((text) => text !== '')) {
      const name = pair.split('=', 1)[0] ?? '';
      const pairs = own.get(name);
      if (pairs) pairs.push(pair);
      else own.set(name, [pair]);
    }
    for (const [name, pairs] of own) {
      byName.delete(name);
      byName.set(name, pairs);
    }
  }
  return [...byName.values()].flat().join('&');
}

function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const ipv6 = /^\[([^\]]*)\]/.exec(host);
  return ipv6?.[1] ?? host.replace(/:\d*$/, '');
}
