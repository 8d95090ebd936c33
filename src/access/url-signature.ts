import { createHash } from 'node:crypto';
import type { UrlAuth } from '../rules/index.ts';
import { type SignatureResult, signTypeA, verifyTypeA } from './auth-key.ts';
import { queryValue, withoutArgs } from './query.ts';
import { signTypeB, splitTypeB, verifyTypeB } from './type-b.ts';
import { signTypeCPath, signTypeCQuery, splitTypeC, verifyTypeC } from './type-c.ts';

export type SignedRequest = {
  /** As it stands in the URL, with the signature's prefix when there is one. */
  readonly path: string;
  readonly query: string;
};

/** The signature a request carries, checked; `missing` when it carries none of the type that the domain wants. */
export function verifyUrl(request: SignedRequest, auth: UrlAuth, nowMs: number): SignatureResult | 'missing' {
  switch (auth.type) {
    case 'no_auth':
      return 'missing';
    case 'type_a': {
      const authKey = queryValue(request.query, 'auth_key');
      return authKey === undefined ? 'missing' : verifyTypeA({ path: request.path, authKey, auth, nowMs });
    }
    case 'type_b': {
      const isSigned = splitTypeB(request.path) !== undefined;
      return isSigned ? verifyTypeB({ signedPath: request.path, auth, nowMs }) : 'missing';
    }
    case 'type_c': {
      const parts = typeCParts(request);
      return parts === undefined ? 'missing' : verifyTypeC({ parts, auth, nowMs });
    }
  }
}

/** The path of what is asked for: without the prefix that types B and C put in front. The signature is not checked. */
export function resourcePath(path: string, auth: UrlAuth): string {
  if (auth.type === 'type_b') return splitTypeB(path)?.path ?? path;
  if (auth.type === 'type_c') return splitTypeC(path)?.path ?? path;
  return path;
}

/** Names a signature without giving it away: 128 bits of SHA-256 over the domain and what was signed. */
export function signatureId(domain: string, request: SignedRequest, auth: UrlAuth): string {
  const token = signatureText(request, auth);
  const digest = createHash('sha256').update(JSON.stringify([domain, token]));
  return digest.digest('base64url').slice(0, 22);
}

export type SignUrlOptions = {
  readonly nowMs: number;
  /** The URL is good for this long from now; without it, for the rule's validity. */
  readonly expiresInSeconds?: number;
  readonly uid?: string;
  readonly rand?: string;
  /** Type C only: where the signature stands. */
  readonly typeCIn?: 'path' | 'query';
  readonly keyName?: 'main' | 'backup';
};

const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)?(\/[^?#]*)(?:\?([^#]*))?/i;

/** Signs a push or play URL (or a bare path) over its whole path; other arguments are kept and not signed. */
export function signUrl(url: string, auth: UrlAuth, options: SignUrlOptions): string {
  const [, origin = '', path, query = ''] = URL_PARTS.exec(url) ?? [];
  if (path === undefined) throw new RangeError('not a URL with a path');
  if (auth.type === 'no_auth') return url;
  const key = options.keyName === 'backup' ? auth.key2 : (auth.key1 ?? auth.key2);
  if (key === undefined) throw new RangeError('the domain has no key to sign with');
  const lead = options.expiresInSeconds === undefined ? 0 : options.expiresInSeconds - auth.validitySeconds;
  const timestampSeconds = Math.max(0, Math.floor(options.nowMs / 1000 + lead));
  const input = { path, timestampSeconds, key };
  switch (auth.type) {
    case 'type_a': {
      const authKey = signTypeA({ ...input, uid: options.uid ?? '0', rand: options.rand ?? '0' });
      return joinUrl(
        origin + path,
        withoutArgs(query, (name) => name === 'auth_key'),
        `auth_key=${authKey}`,
      );
    }
    case 'type_b':
      return joinUrl(origin + signTypeB(input), query);
    case 'type_c': {
      const others = withoutArgs(query, (name) => name === 'KEY1' || name === 'KEY2');
      if (options.typeCIn === 'path') return joinUrl(origin + signTypeCPath(input), others);
      return joinUrl(origin + path, others, signTypeCQuery(input));
    }
  }
}

function signatureText(request: SignedRequest, auth: UrlAuth): string {
  if (auth.type === 'type_a') return queryValue(request.query, 'auth_key') ?? '';
  // The hash alone: the same signature can be written in both formats.
  if (auth.type === 'type_c') return typeCParts(request)?.hash ?? '';
  return request.path;
}

function typeCParts(request: SignedRequest) {
  const inPath = splitTypeC(request.path);
  if (inPath !== undefined) return inPath;
  const hash = queryValue(request.query, 'KEY1');
  const hexTime = queryValue(request.query, 'KEY2');
  return hash === undefined || hexTime === undefined ? undefined : { hash, hexTime, path: request.path };
}

function joinUrl(base: string, ...args: string[]): string {
  const query = args.filter((part) => part !== '').join('&');
  return query === '' ? base : `${base}?${query}`;
}
