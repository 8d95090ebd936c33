import { randomBytes, randomUUID } from 'node:crypto';
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

async function jobOf(state: string): Promise<string> {
  const id = randomUUID();
  await store.query(
    `insert into headwater.jobs (id, kind, pipeline, priority, submitter, is_backfill, state)
     values ($1, 'asset-processing', 'default', 6, 'ann', false, $2)`,
    [id, state],
  );
  const input = { asset: 'a', rungs: [{ name: 'hd', encryption: { hexKey, keyUri: 'hd/segments.key' } }] };
  await store.query(
    `insert into headwater.job_steps (job_id, name, action, input, after, runs_always, max_attempts, pipeline,
       submitter, priority, is_backfill, state)
     values ($1, 'transcode', 'asset-transcode', $2, '{}', false, 3, 'default', 'ann', 6, false, 'waiting')`,
    [id, JSON.stringify(input)],
  );
  return id;
}

async function inputOf(job: string): Promise<string> {
  const [row] = await store.query<{ input: object }>('select input from headwater.job_steps where job_id = $1', [job]);
  return JSON.stringify(row?.input);
}

it('seals keys that workers wrote clear, opens them, and seals them anew with another master key', async () => {
  await store.query("insert into headwater.pipelines (id, name, quota) values ('default', 'default', 1)");
  const asset = await library.create({ kind: 'video', title: 'x', storage: 's', uploadedBy: 'ann' });
  const file = { asset: asset.id, storage: 's', role: 'rendition', format: 'm3u8', sizeBytes: 1 } as const;
  await library.addFile({ ...file, object: 'hd.m3u8', encryption: 'AES-128', hexKey });
  await library.addFile({ ...file, object: 'ld.m3u8' });
  const [done, failed] = [await jobOf('succeeded'), await jobOf('failed')];

  expect(await keysWith(former).sealClear()).toBe(1);
  const rows = await store.query<{ data: object }>('select data from headwater.asset_files');
  expect(JSON.stringify(rows)).not.toContain(hexKey);
  expect(await inputOf(done)).toContain('segments.key');
  expect(await inputOf(done)).not.toContain(hexKey);
  // Another try of it needs the key.
  expect(await inputOf(failed)).toContain(hexKey);

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
