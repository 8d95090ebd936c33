import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pushUrlOf, withoutKeys } from './target.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'headwater-target-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const write = (name: string, value: unknown) => writeFileSync(join(dataDir, name), JSON.stringify(value));

describe('pushUrlOf', () => {
  it('waits until the server has written both files, and takes no word of another process', () => {
    const target = { kind: 'server', dataDir, host: '127.0.0.1', pid: undefined } as const;
    expect(pushUrlOf(target)).toBeUndefined();
    write('secrets.json', { streamKey: 'abc' });
    expect(pushUrlOf(target)).toBeUndefined();
    write('ready.json', { pid: 7, rtmpPort: 1935 });
    expect(pushUrlOf(target)).toBe('rtmp://127.0.0.1:1935/live/demo?key=abc');
    expect(pushUrlOf({ ...target, pid: 8 })).toBeUndefined();
    expect(pushUrlOf({ ...target, pid: 7, host: 'origin' })).toBe('rtmp://origin:1935/live/demo?key=abc');
  });
});

describe('withoutKeys', () => {
  it.each([
    ['rtmp://h/live/demo?key=abc: refused', 'rtmp://h/live/demo?key=***: refused'],
    ['rtmp://h/live/demo?x=1&auth_key=1-0-0-ff more', 'rtmp://h/live/demo?x=1&auth_key=*** more'],
    ['no keys', 'no keys'],
  ])('blots them out of %s', (text, clean) => {
    expect(withoutKeys(text)).toBe(clean);
  });
});
