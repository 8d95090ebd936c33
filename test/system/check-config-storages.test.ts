import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { HEADWATER, start, tempDir } from '../support/index.ts';

it('headwater check-config names a storage that rules want and the configuration lacks', async () => {
  const home = await tempDir('check-config');
  try {
    const config = join(home.path, 'mine.yml');
    const rulesFile = join(home.path, 'rules.yml');
    const storages = [{ name: 'archive', kind: 'folder', folder: join(home.path, 'archive') }];
    await writeFile(config, stringify({ rulesFile, dataDir: join(home.path, 'data'), storages }));
    const check = async (storage: string) => {
      await writeFile(rulesFile, stringify({ streams: [{ snapshot: { storage } }] }));
      const child = start(process.execPath, [...HEADWATER, 'check-config', config]);
      return { code: await child.exited, out: child.stdout() };
    };
    expect((await check('archive')).code).toBe(0);
    const { code, out } = await check('archiv');
    expect(code).toBe(2);
    expect(out).toContain('streams[0].snapshot.storage: no storage of the configuration is called archiv');
    expect(out).toContain('did you mean archive?');
  } finally {
    await home.remove();
  }
});
