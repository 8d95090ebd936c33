import type { IncomingHttpHeaders } from 'node:http';
import { OssError } from './oss-error.ts';

/** A request to the OSS door, as its line and headers have it. */
export type OssRequest = {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Decoded, with the slash at its beginning. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
};

/** A bucket is a storage; of requests that concern all of it the object is empty. */
export type OssTarget = { readonly bucket: string; readonly object: string };

export function ossRequestOf(method: string, url: string, headers: IncomingHttpHeaders): OssRequest {
  const [rawPath = '', ...rest] = url.split('?');
  try {
    const query = rest
      .join('?')
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=').map((part) => decodeURIComponent(part.replaceAll('+', ' '))));
    const read = query.map(([name = '', ...value]) => [name, value.join('=')] as const);
    return { method, headers, path: decodeURIComponent(rawPath), query: new Map(read) };
  } catch {
    throw new OssError(400, 'InvalidURI', 'The address is not percent-encoded as it should be.');
  }
}

/**
 * What the request may be about: clients name the bucket in the host, in the path, or (with a name of one's own, or an
 * address instead of a name) not at all. Which of them it is the signature decides.
 */
export function targetsOf({ path, headers }: OssRequest, buckets: readonly string[]): OssTarget[] {
  const object = path.slice(1);
  const [inHost = ''] = (headers.host ?? '').split('.');
  const [inPath = '', ...rest] = object.split('/');
  const targets: OssTarget[] = [];
  if (buckets.includes(inHost)) targets.push({ bucket: inHost, object });
  if (buckets.includes(inPath)) targets.push({ bucket: inPath, object: rest.join('/') });
  for (const bucket of buckets) if (bucket !== inHost) targets.push({ bucket, object });
  return targets;
}
