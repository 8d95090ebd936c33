import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Refusal, RulesSource } from './rules-source.ts';

it('rules that were saved outlive a storage, and say so; a changed file that names it is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-rules-'));
  const rulesFile = join(folder, 'mine.yml');
  const refusals: Refusal[] = [];
  const open = (storages: readonly string[]) =>
    RulesSource.open({
      ...{ dataDir: join(folder, 'data'), rulesFile, storages, initial: () => ({ unknownHosts: 'refuse' }) },
      onRefused: (refusal) => refusals.push(refusal),
    });
  try {
    writeFileSync(rulesFile, stringify({ domains: [{ name: 'a' }], streams: [{ snapshot: { storage: 'archive' } }] }));
    await (await open(['recordings', 'archive'])).close();
    expect(refusals).toEqual([]);
    const source = await open(['recordings']);
    expect(source.current().domain('a')).toBeDefined();
    const path = 'streams[0].snapshot.storage';
    expect(refusals.map(({ source: from, errors }) => [from, errors[0]?.path])).toEqual([['file', path]]);
    const applied = await source.apply(
      { streams: [{ snapshot: { storage: 'elsewhere' } }] },
      { author: '', reason: '' },
    );
    expect(applied).toMatchObject({ ok: false, code: 'INVALID' });
    await source.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('rules that were in force outlive a new check of recordings, and say so', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'headwater-rules-'));
  const refusals: Refusal[] = [];
  const recorded = { enabled: true, renditions: [{ templates: ['lsd'], formats: [{ format: 'mp4' }] }] };
  const api = { domains: [{ name: 'a' }], streams: [{ record: recorded }] };
  writeFileSync(join(dataDir, 'rules.json'), JSON.stringify({ format: 1, revision: 3, api, file: {} }));
  const open = { dataDir, initial: () => ({}), onRefused: (refusal: Refusal) => refusals.push(refusal) };
  try {
    const source = await RulesSource.open(open);
    expect(source.current().domain('a')).toBeDefined();
    expect(refusals.map(({ source: from }) => from)).toEqual(['saved']);
    await source.close();
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
