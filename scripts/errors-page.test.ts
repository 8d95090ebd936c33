import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

function codesIn(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(ROOT, folder, file), 'utf8').matchAll(pattern)])
    .map((match) => match[1] ?? '');
}

describe('docs/errors.md', () => {
  it('has a row for every code that a viewer or publisher can be refused with', () => {
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
    const codes = [
      ...codesIn('src/access', /^ {2}([A-Z]+_[A-Z_]+|USED|LIMIT|REVOKED): \{/gm),
      ...codesIn('src/server/playback', /code: '([A-Z_]+)'/g),
      ...codesIn('src/timeshift', /^ {2}\| '(LHS_[A-Z_]+)'/gm),
      ...codesIn('src/server/rtmp', /'NetStream\.[A-Za-z.]+', '([A-Z_]+)'/g),
    ];
    expect(codes.length).toBeGreaterThan(20);
    expect([...new Set(codes)].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
