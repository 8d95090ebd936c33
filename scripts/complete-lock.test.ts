import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

type Lock = { packages: Record<string, { optionalDependencies?: Record<string, string> }> };

it('package-lock.json names every optional package, so that npm ci works on a fresh clone', () => {
  const text = readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8');
  const { packages } = JSON.parse(text) as Lock;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(path === '' ? {} : (optionalDependencies ?? {})).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing, 'run node scripts/complete-lock.js').toEqual([]);
});
