import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateMasterKeys, newMasterKey, parseMasterKeys, writeMasterKeys } from './master-key-file.ts';
import { SecretBox } from './secret-box.ts';

const [first, second] = [randomBytes(32), randomBytes(32)];
const SECRET = 'JBSWY3DPEHPK3PXP';

describe('SecretBox', () => {
  const box = new SecretBox([first]);

  it('opens what it sealed, which shows nothing and is never the same', () => {
    const sealed = box.seal(SECRET, 'users/1/totp');
    expect(box.open(sealed, 'users/1/totp')).toBe(SECRET);
    expect(sealed).not.toContain(SECRET);
    expect(sealed).not.toContain(Buffer.from(SECRET).toString('base64url'));
    expect(box.seal(SECRET, 'users/1/totp')).not.toBe(sealed);
  });

  it('opens nothing that was moved, changed or cut', () => {
    const sealed = box.seal(SECRET, 'users/1/totp');
    const flipped = `${sealed.slice(0, -3)}${sealed.at(-3) === 'A' ? 'B' : 'A'}${sealed.slice(-2)}`;
    expect(() => box.open(sealed, 'users/2/totp')).toThrow(expect.objectContaining({ code: 'SEALED_DAMAGED' }));
    for (const damaged of [flipped, sealed.slice(0, -8), `${sealed.split('.').slice(0, 3).join('.')}.AA`]) {
      expect(() => box.open(damaged, 'users/1/totp')).toThrow(expect.objectContaining({ code: 'SEALED_DAMAGED' }));
    }
    for (const other of ['', SECRET, new SecretBox([second]).seal(SECRET, 'users/1/totp')]) {
      expect(() => box.open(other, 'users/1/totp')).toThrow(expect.objectContaining({ code: 'MASTER_KEY_UNKNOWN' }));
    }
  });

  it('opens with the former key, and seals anew with the present one', () => {
    const old = box.seal(SECRET, 'place');
    const both = new SecretBox([second, first]);
    const fresh = both.reseal(old, 'place');
    expect(new SecretBox([second]).open(fresh, 'place')).toBe(SECRET);
    expect(both.reseal(fresh, 'place')).toBe(fresh);
  });
});

describe('the file of the master key', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'headwater-master-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is made once, closed to others', async () => {
    const path = join(dataDir, 'master.key');
    const made = await loadOrCreateMasterKeys(dataDir);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    expect(await loadOrCreateMasterKeys(dataDir)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('may hold the keys before it, too', async () => {
    const keys = [newMasterKey(), newMasterKey()];
    await writeMasterKeys(dataDir, keys);
    const expected = keys.map((key) => Buffer.from(key, 'base64'));
    expect(await loadOrCreateMasterKeys(dataDir)).toEqual(expected);
    expect(parseMasterKeys(keys.join(','))).toEqual(expected);
  });

  it.each(['', 'short', `${'A'.repeat(43)}=\nshort`])('is refused when it is %j, and not replaced', async (text) => {
    writeFileSync(join(dataDir, 'master.key'), text, { mode: 0o600 });
    await expect(loadOrCreateMasterKeys(dataDir)).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).toBe(text);
  });
});
