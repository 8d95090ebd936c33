import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const DOCS = new URL('../docs/', import.meta.url);
const text = readFileSync(new URL('reliability.md', DOCS), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes(']('));
const links = [...text.matchAll(/\[([^\]]+)\]\((\.\.\/[^)]+\.test\.ts)\)/g)];

describe('docs/reliability.md', () => {
  it.each(links.map(([, words = '', path = '']) => ({ words, path })))('$words is in $path', ({ words, path }) => {
    expect(readFileSync(fileURLToPath(new URL(path, DOCS)), 'utf8')).toContain(words);
  });

  it.each(rows.map((row) => ({ row, measured: row.split(' | ').at(-2) ?? '' })))(
    'has a figure in $row',
    ({ measured }) => {
      expect(measured).toMatch(/\d|\b(no|none|one|two|three)\b/i);
    },
  );

  it('has a row for each thing that users of such servers complain of', () => {
    const numbers = rows.flatMap((row) => /^\| (\d+) \|/.exec(row)?.[1] ?? []).map(Number);
    const complaints = numbers.slice(0, -12);
    expect(complaints).toEqual(Array.from({ length: 48 }, (_, index) => index + 1));
  });
});
