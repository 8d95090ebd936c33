import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');
const tests = ['src', 'test', 'scripts', 'player'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.test\.tsx?$/.test(path))
    .map((path) => `${folder}/${path.replace(/\.test\.tsx?$/, '')}`),
);
/** The last cells of the tables that name tests. */
const cells = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) => line.split('|').at(-2) ?? '');
const named = cells.filter((cell) => /`[\w/-]+`/.test(cell) && !/limits\.|upload\.|metrics\./.test(cell));

describe('docs/security.md', () => {
  it.each(named.flatMap((cell) => [...cell.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name)))(
    'names a test that there is: %s',
    (name) => {
      expect(
        tests.filter((path) => path === name || path.endsWith(`/${name}`) || path.includes(`/${name}/`)),
      ).not.toEqual([]);
    },
  );

  it.each(named.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)))(
    'quotes what a test says: %s',
    (title) => {
      const files = ['test/system', 'src/server/api'].flatMap((folder) =>
        tests.filter((path) => path.startsWith(folder)).map((path) => readFileSync(`${root}${path}.test.ts`, 'utf8')),
      );
      expect(files.some((text) => text.includes(title))).toBe(true);
    },
  );
});
