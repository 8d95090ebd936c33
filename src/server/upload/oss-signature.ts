import { createHmac, timingSafeEqual } from 'node:crypto';
import { OssError } from './oss-error.ts';
import type { OssRequest, OssTarget } from './oss-request.ts';

/** What of the query is signed, as it names what the request is about. */
const SIGNED = new Set(
  `acl append callback callback-var continuation-token delete encryption lifecycle location objectMeta partNumber policy
  position restore security-token stat symlink tagging uploadId uploads versionId versions x-oss-process
  x-oss-traffic-limit response-cache-control response-content-disposition response-content-encoding
  response-content-language response-content-type response-expires`.split(/\s+/),
);
/** Clocks of clients may be off by so much, as OSS allows. */
const SKEW_MS = 900_000;

/** Who says that he signed, and what he signed with it. */
export type Signed = {
  readonly keyId: string;
  readonly signature: string;
  readonly securityToken: string | undefined;
  /** What stands in the place of the date. */
  readonly date: string;
};

/** Reads version 1 of the signature from the header or, of a signed address, from the query. Throws OssError. */
export function signedOf({ headers, query }: OssRequest, wallMs: number): Signed {
  const authorization = headers.authorization ?? '';
  const [, keyId, signature] = /^OSS ([^:\s]+):(\S+)$/.exec(authorization) ?? [];
  if (keyId !== undefined && signature !== undefined) {
    const date = textOf(headers['x-oss-date']) ?? textOf(headers.date) ?? '';
    if (!(Math.abs(Date.parse(date) - wallMs) <= SKEW_MS)) {
      const message = 'The difference between the request time and the current time is too large.';
      throw new OssError(403, 'RequestTimeTooSkewed', message);
    }
    return { keyId, signature, securityToken: textOf(headers['x-oss-security-token']), date };
  }
  const inQuery = { keyId: query.get('OSSAccessKeyId'), signature: query.get('Signature'), date: query.get('Expires') };
  if (inQuery.keyId && inQuery.signature && inQuery.date) {
    if (!(Number(inQuery.date) * 1000 > wallMs)) throw new OssError(403, 'AccessDenied', 'Request has expired.');
    return { ...(inQuery as Required<Signed>), securityToken: query.get('security-token') };
  }
  const message = authorization.startsWith('OSS4-')
    ? 'Version 4 of the signature is not served; set the client to version 1.'
    : 'Sign the request, with version 1 of the signature.';
  throw new OssError(403, 'AccessDenied', message);
}

/** The text that is signed. */
export function stringToSign(request: OssRequest, { bucket, object }: OssTarget, date: string): string {
  const { method, headers, query } = request;
  const ours = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-oss-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${textOf(value)?.trim() ?? ''}\n`)
    .join('');
  const subresources = [...query]
    .filter(([name]) => SIGNED.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const resource = `/${bucket}/${object}${subresources.length > 0 ? `?${subresources.join('&')}` : ''}`;
  const lines = [method, textOf(headers['content-md5']) ?? '', textOf(headers['content-type']) ?? '', date];
  return `${lines.join('\n')}\n${ours}${resource}`;
}

/** Which of the targets was signed with the secret; undefined where none was. */
export function targetSigned(
  request: OssRequest,
  targets: readonly OssTarget[],
  { signature, date }: Signed,
  secret: string,
): OssTarget | undefined {
  const given = Buffer.from(signature, 'base64');
  return targets.find((target) => {
    const text = Buffer.from(stringToSign(request, target, date));
    const expected = createHmac('sha1', secret).update(text).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
