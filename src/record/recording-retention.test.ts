import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { Storages } from '../storage/index.ts';
import { type Recording, RecordingCatalogue } from './recording-catalogue.ts';
import { RecordingRetention } from './recording-retention.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const log = createLogger({ level: 'silent' });
const DAY_MS = 86_400_000;
const rule = { keepDays: 0, coldAfterDays: 0, coldStorage: '' };

let folder: string;
let storages: Storages;
let catalogue: RecordingCatalogue;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-retention-test-'));
  const settings = ['warm', 'cold'].map((name) => ({ kind: 'folder' as const, name, folder: join(folder, name) }));
  storages = await Storages.open(settings, log);
  catalogue = new RecordingCatalogue(() => join(folder, 'catalogue'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function recorded(endMs: number, slices: readonly string[] = []): Promise<Recording> {
  const recording: Recording = {
    ...{
      id: crypto.randomUUID(),
      format: 'mp4',
      storage: 'warm',
      object: `live/${endMs}.mp4`,
      contentType: 'video/mp4',
    },
    ...{ startMs: endMs - 1000, endMs, durationMs: 1000, sizeBytes: 4, firstSegment: 1, lastSegment: 2, slices },
  };
  for (const name of [recording.object, ...slices]) await storages.get('warm').put(name, { bytes: Buffer.from(name) });
  await catalogue.add(id, recording);
  return recording;
}

function sweep(changed: Partial<typeof rule>, nowMs: number): Promise<void> {
  const streams = async function* () {
    yield id;
  };
  return new RecordingRetention({
    ...{ catalogue, streams, storages, log, folder },
    ruleOf: () => ({ ...rule, ...changed }),
    wallMs: () => nowMs,
  }).sweep();
}

const isIn = async (storage: string, name: string) => (await storages.get(storage).head(name)) !== undefined;

describe('recordings', () => {
  it('stay where rules say nothing', async () => {
    await recorded(0);
    await sweep({}, 1000 * DAY_MS);
    expect(await catalogue.all(id)).toHaveLength(1);
  });

  it('are deleted with their slices when they are old, and not before', async () => {
    const old = await recorded(0, ['live/0.ts']);
    const young = await recorded(DAY_MS);
    await sweep({ keepDays: 2 }, 2 * DAY_MS);
    expect((await catalogue.all(id)).map((each) => each.id)).toEqual([young.id]);
    expect([await isIn('warm', old.object), await isIn('warm', 'live/0.ts')]).toEqual([false, false]);
    expect(await isIn('warm', young.object)).toBe(true);
  });

  it('move into the cold storage once, and are read there', async () => {
    const { object } = await recorded(0, ['live/0.ts']);
    await sweep({ coldAfterDays: 1, coldStorage: 'cold' }, DAY_MS);
    await sweep({ coldAfterDays: 1, coldStorage: 'cold' }, DAY_MS);
    expect((await catalogue.all(id)).map(({ storage }) => storage)).toEqual(['cold']);
    expect(await text((await storages.get('cold').get(object)).body)).toBe(object);
    expect([await isIn('warm', object), await isIn('warm', 'live/0.ts')]).toEqual([false, false]);
    expect((await readdir(folder)).sort()).toEqual(['catalogue', 'cold', 'warm']);
  });

  it('stay in both places and in the catalogue when one of their objects cannot be moved', async () => {
    const { object } = await recorded(0, ['live/0.ts']);
    await storages.get('warm').delete('live/0.ts');
    await sweep({ coldAfterDays: 1, coldStorage: 'cold' }, DAY_MS);
    expect((await catalogue.all(id)).map(({ storage }) => storage)).toEqual(['warm']);
    expect(await isIn('warm', object)).toBe(true);
  });
});
