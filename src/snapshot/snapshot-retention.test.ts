import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { Storages } from '../storage/index.ts';
import { SnapshotRetention } from './snapshot-retention.ts';

const log = createLogger({ level: 'silent' });
const DAY_S = 86_400;
const sequence = 'snapshot/{AppName}/{StreamName}/{UnixTimestamp}.jpg';

let folder: string;
let storages: Storages;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-snapshots-test-'));
  storages = await Storages.open([{ kind: 'folder', name: 'recordings', folder }], log);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('pictures of sequences go when their rule says so, and nothing else does', async () => {
  const storage = storages.get('recordings');
  const names = [
    'snapshot/live/demo/1000.jpg',
    `snapshot/live/demo/${DAY_S * 3}.jpg`,
    'snapshot/live/kept/1000.jpg',
    'snapshot/a/b/demo/1000.jpg',
    'snapshot/live/demo.jpg',
    'snapshot/live/demo/other.jpg',
    'record/live/demo/1000.jpg',
  ];
  for (const name of names) await storage.put(name, { bytes: Buffer.of(1) });
  const retention = new SnapshotRetention({
    storages,
    templates: () => [{ sequence, storage: 'recordings' }],
    settingsOf: ({ stream }) => ({ sequence, storage: 'recordings', keepDays: stream === 'kept' ? 0 : 2 }),
    wallMs: () => DAY_S * 4 * 1000,
    log,
  });
  await retention.sweep();
  const left: string[] = [];
  for await (const { name } of storage.list('')) left.push(name);
  expect(left.sort()).toEqual(
    names.filter((name) => name !== 'snapshot/live/demo/1000.jpg' && name !== 'snapshot/a/b/demo/1000.jpg').sort(),
  );
});
