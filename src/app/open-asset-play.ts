import { join } from 'node:path';
import { AssetKeys, AssetTables, PlayRevocations, ReviewLinkTable } from '../store/index.ts';
import { Library, ReviewLinks } from '../vod/index.ts';
import { AssetContent, AssetPlay, type CdnSetting, ObjectCache, PlayTokens } from '../vod/play/index.ts';
import type { Base } from './base.ts';
import { sessionTokenKeys } from './cluster-secrets.ts';
import type { State } from './open-state.ts';
import { sealKeys } from './seal-keys.ts';

/** What plays assets of the library. */
export async function openAssetPlay(
  { config, log, clock, metrics, closer }: Base,
  { store, storages, secrets, box }: State,
) {
  const library = new Library({ tables: new AssetTables(store) });
  const keys = new AssetKeys({ store, box });
  closer.add('sealing of keys', sealKeys({ store, log, keys, of: 'assets' }));
  const reviewLinks = new ReviewLinks({ table: new ReviewLinkTable(store), now: clock.wallMs });
  const { vod, dataDir } = config;
  const cache = await ObjectCache.open({
    folder: vod.cacheDir ?? join(dataDir, 'vod-cache'),
    maxBytes: vod.cacheBytes,
    nowMs: clock.wallMs,
    onFailure: (error) => log.warn({ error }, 'the cache of assets cannot be read or written'),
    onRead: (from, sizeBytes) => {
      metrics.vodReadBytes.inc({ from }, sizeBytes);
      metrics.vodCacheBytes.set(cache.keptBytes);
    },
  });
  metrics.vodCacheBytes.set(cache.keptBytes);
  return new AssetPlay({
    assets: { find: (id) => library.find(id), files: (id) => library.files(id) },
    revocations: new PlayRevocations(store),
    tokens: new PlayTokens(sessionTokenKeys(config, secrets)),
    content: new AssetContent({ storages, cache }),
    openReviewLink: (token) => reviewLinks.open(token),
    openKey: (file) => keys.open(file),
    cdn: cdnOf(vod.cdn),
    nowMs: clock.wallMs,
  });
}

function cdnOf({ url, authType, authKey, validitySeconds, storages }: Base['config']['vod']['cdn']) {
  if (url === null) return undefined;
  const auth = { type: authType, key: authKey ?? undefined, validitySeconds };
  return { url, auth, storages } satisfies CdnSetting;
}
