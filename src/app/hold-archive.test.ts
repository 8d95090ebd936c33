import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { holdArchive } from './hold-archive.ts';

const log = createLogger({ level: 'silent' });
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hold-archive-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('an archive is one server’s, until that lets it go', async () => {
  const folder = join(home, 'archive');
  const first = await holdArchive(folder, log);
  await expect(holdArchive(folder, log)).rejects.toMatchObject({
    code: 'ARCHIVE_IN_USE',
    remedy: expect.stringContaining('HEADWATER_ARCHIVE_DIR'),
  });
  await first.close();
  await (await holdArchive(folder, log)).close();
});

it('a folder that cannot be made keeps nobody from starting', async () => {
  await writeFile(join(home, 'archive'), 'a file');
  await (await holdArchive(join(home, 'archive'), log)).close();
});
