import type { StorageSetting } from '../storage/index.ts';

/** Where receivers of callbacks find an object: ApsaraVideo names endpoints by their host; a folder has none. */
export function placeOf(setting: StorageSetting | undefined, name: string) {
  if (setting?.kind !== 's3') return { endpoint: '', bucket: '', object: name };
  const { endpoint, region, bucket, prefix } = setting;
  const host = endpoint === undefined ? `s3.${region}.amazonaws.com` : new URL(endpoint).host;
  return { endpoint: host, bucket, object: prefix ? `${prefix}/${name}` : name };
}
