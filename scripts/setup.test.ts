import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const SETUP = fileURLToPath(new URL('setup.sh', import.meta.url));

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it('installs packages beside the checkout, and leaves those alone that a link leads to', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwater-setup-'));
  folders.push(home);
  const [checkout, others] = [join(home, 'checkout'), join(home, 'others')];
  const part = { name: 'part', version: '1.0.0' };
  const whole = { name: 'whole', version: '1.0.0', dependencies: { part: 'file:part' } };
  const packages = { '': whole, part, 'node_modules/part': { resolved: 'part', link: true } };
  for (const folder of [join(checkout, 'part'), others]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(checkout, 'part/package.json'), JSON.stringify(part));
  writeFileSync(join(checkout, 'package.json'), JSON.stringify(whole));
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ ...whole, lockfileVersion: 3, packages }));
  writeFileSync(join(others, 'precious'), 'of another checkout');
  symlinkSync(others, join(checkout, 'node_modules'));
  execFileSync('bash', ['-ec', `. "${SETUP}"; install_packages`], { cwd: checkout, stdio: 'pipe' });
  expect(readdirSync(others)).toEqual(['precious']);
  expect(lstatSync(join(checkout, 'node_modules')).isSymbolicLink()).toBe(false);
  expect(readdirSync(join(checkout, 'node_modules'))).toContain('part');
});
