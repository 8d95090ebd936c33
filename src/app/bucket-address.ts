import type { StorageSetting } from '../storage/index.ts';

/** The URL of an object in a bucket; undefined for a folder, which has none. */
export function bucketAddress(setting: StorageSetting | undefined, name: string): string | undefined {
  if (setting?.kind !== 's3') return undefined;
  const { endpoint, region, bucket, prefix, pathStyle } = setting;
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const object = (prefix ? `${prefix}/${name}` : name).split('/').map(encodeURIComponent).join('/');
  const base = url.pathname.replace(/\/$/, '');
  if (pathStyle) return `${url.origin}${base}/${bucket}/${object}`;
  return `${url.protocol}//${bucket}.${url.host}${base}/${object}`;
}
