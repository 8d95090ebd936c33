import { signUrl } from '../../access/index.ts';

/** A CDN whose origin is the bucket, or the folder, that the files are in. */
export type CdnSetting = {
  /** What an object's name is put behind: `https://cdn.example.com/media`. */
  readonly url: string;
  readonly auth: {
    readonly type: 'no_auth' | 'type_a' | 'type_b' | 'type_c';
    readonly key?: string | undefined;
    readonly validitySeconds: number;
  };
  /** The storages whose objects it has; empty for all. */
  readonly storages: readonly string[];
};

/** Where the CDN has an object, signed as it wants it; undefined where it has not. */
export function cdnUrlOf(cdn: CdnSetting, of: { readonly storage: string; readonly object: string }, nowMs: number) {
  if (cdn.storages.length > 0 && !cdn.storages.includes(of.storage)) return undefined;
  const url = `${cdn.url.replace(/\/+$/, '')}/${of.object.split('/').map(encodeURIComponent).join('/')}`;
  const { type, key, validitySeconds } = cdn.auth;
  if (type === 'no_auth') return url;
  const auth = { type, validitySeconds, ...(key === undefined ? {} : { key1: key }) };
  return signUrl(url, auth, { nowMs });
}
