import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateSecrets, randomBase62 } from './secrets-file.ts';

let root: string;
let folder: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headwater-secrets-'));
  folder = join(root, 'data');
  file = join(folder, 'secrets.json');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('loadOrCreateSecrets', () => {
  it('makes secrets once, each its own, for us alone to read', async () => {
    const first = await loadOrCreateSecrets(folder);
    expect(first.isNew).toBe(true);
    const values = Object.values(first.secrets);
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) expect(value).toMatch(/^[0-9A-Za-z]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSecrets(folder)).toEqual({ secrets: first.secrets, isNew: false });
  });

  it('adds what is missing and keeps what it does not know', async () => {
    const { secrets } = await loadOrCreateSecrets(folder);
    const { pushKey, ...rest } = secrets;
    writeFileSync(file, JSON.stringify({ ...rest, ofTheFuture: 'x' }));
    const again = await loadOrCreateSecrets(folder);
    expect(again.secrets).toMatchObject(rest);
    expect(again.secrets.pushKey).not.toBe(pushKey);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ofTheFuture: 'x', pushKey: again.secrets.pushKey });
  });

  it('closes a file that others can read, and says so', async () => {
    await loadOrCreateSecrets(folder);
    chmodSync(file, 0o644);
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message), error: () => {} };
    await loadOrCreateSecrets(folder, log);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(warnings).toHaveLength(1);
  });

  it('refuses a damaged file and leaves it as it is', async () => {
    await loadOrCreateSecrets(folder);
    for (const text of ['', '{', '[1]', '{"pushKey":1}', '{"pushKey":""}']) {
      writeFileSync(file, text);
      await expect(loadOrCreateSecrets(folder)).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});

describe('randomBase62', () => {
  it('uses all 62 characters', () => {
    expect(new Set(randomBase62(20_000)).size).toBe(62);
    expect(randomBase62(7)).toHaveLength(7);
  });
});
