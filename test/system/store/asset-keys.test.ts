import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/log/index.ts';
import { AssetKeys, AssetTables, type MasterKeys, openStore, SecretBox, type Store } from '../../../src/store/index.ts';
import { Library } from '../../../src/vod/index.ts';
import { dataFolder } from './helpers.ts';

const folder = dataFolder();
const [former, fresh] = [randomBytes(32), randomBytes(32)];
const hexKey = randomBytes(16).toString('hex');
let store: Store;
let library: Library;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log: createLogger({ level: 'silent' }), waitMs: 60_000 });
  await store.whenReady();
  library = new Library({ tables: new AssetTables(store) });
});
afterAll(async () => {
  await store?.close();
  folder.remove();
});

const keysWith = (...keys: MasterKeys) => new AssetKeys({ store, box: new SecretBox(keys) });

it('seals keys that workers wrote clear, opens them, and seals them anew with another master key', async () => {
  const asset = await library.create({ kind: 'video', title: 'x', storage: 's', uploadedBy: 'ann' });
  const file = { asset: asset.id, storage: 's', role: 'rendition', format: 'm3u8', sizeBytes: 1 } as const;
  await library.addFile({ ...file, object: 'hd.m3u8', encryption: 'AES-128', hexKey });
  await library.addFile({ ...file, object: 'ld.m3u8' });

  expect(await keysWith(former).sealClear()).toBe(1);
  const rows = await store.query<{ data: object }>('select data from headwater.asset_files');
  expect(JSON.stringify(rows)).not.toContain(hexKey);

  const sealed = async () => (await library.files(asset.id)).filter((each) => each.sealedKey !== undefined);
  const [first] = await sealed();
  expect(first).toMatchObject({ object: 'hd.m3u8', encryption: 'AES-128' });
  expect(first).not.toHaveProperty('hexKey');
  expect(keysWith(former).open({ id: first!.id, sealedKey: first!.sealedKey! })).toBe(hexKey);
  expect(() => keysWith(former).open({ id: 'another', sealedKey: first!.sealedKey! })).toThrow('changed or moved');

  expect(await keysWith(fresh, former).reseal()).toBe(1);
  const [anew] = await sealed();
  expect(keysWith(fresh).open({ id: anew!.id, sealedKey: anew!.sealedKey! })).toBe(hexKey);
  expect(() => keysWith(former).open({ id: anew!.id, sealedKey: anew!.sealedKey! })).toThrow('not here');
});
