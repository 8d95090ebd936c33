import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from './data-dir.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-data-dir-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('openDataDir', () => {
  it('makes the folder for its owner only, and leaves nothing in it', async () => {
    const dataDir = join(folder, 'a/b');
    await openDataDir(dataDir);
    await openDataDir(dataDir);
    expect(readdirSync(dataDir)).toEqual([]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['a file', 'file', /file\b.* cannot be written to \(EEXIST\)/, /There is a file of that name/],
    ['below a file', 'file/data', /cannot be written to \(ENOTDIR\)/, /A part of the path is a file/],
  ])('says what is wrong with %s and what to do', async (_, name, message, remedy) => {
    writeFileSync(join(folder, 'file'), '');
    const opening = openDataDir(join(folder, name));
    await expect(opening).rejects.toMatchObject({
      code: 'DATA_DIR_NOT_WRITABLE',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });
});
