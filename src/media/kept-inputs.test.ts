import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptInputs } from './kept-inputs.ts';

let folder: string;
let kept: KeptInputs;
let fetched: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
  kept = new KeptInputs(join(folder, 'kept'));
  fetched = [];
});
afterEach(async () => {
  await kept.close();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
async function bring(key: string, name: string, { signal = never, more = async () => {} } = {}) {
  const path = join(folder, name);
  const fetch = async (file: string) => {
    fetched.push(name);
    await more();
    writeFileSync(file, key);
  };
  await kept.bring(key, path, fetch, signal);
  return readFileSync(path, 'utf8');
}

it('fetches an input once for all that use it within a moment, each with a file of its own', async () => {
  expect(await Promise.all([bring('a', 'one'), bring('a', 'two')])).toEqual(['a', 'a']);
  rmSync(join(folder, 'one'));
  expect(await bring('a', 'three')).toBe('a');
  expect(await bring('b', 'other')).toBe('b');
  expect(fetched).toEqual(['one', 'other']);
});

it('keeps no more than two, and what is in use stays', async () => {
  for (const key of ['a', 'b', 'c']) await bring(key, key);
  await expect.poll(() => readdirSync(join(folder, 'kept')).length).toBe(2);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('a');
  await bring('a', 'again');
  expect(fetched).toEqual(['a', 'b', 'c', 'again']);
  await kept.close();
  expect(existsSync(join(folder, 'kept'))).toBe(false);
});

it('goes on where whoever fetched it was broken off, and fails where it fails itself', async () => {
  const breaking = new AbortController();
  const hangs = () =>
    new Promise<void>((_, reject) => breaking.signal.addEventListener('abort', () => reject(new Error('broken'))));
  const first = bring('a', 'one', { more: hangs, signal: breaking.signal });
  const second = bring('a', 'two');
  await expect.poll(() => fetched).toEqual(['one']);
  breaking.abort(new Error('cancelled'));
  await expect(first).rejects.toThrow('cancelled');
  expect(await second).toBe('a');
  expect(fetched).toEqual(['one', 'two']);
  const full = async () => {
    throw new Error('full');
  };
  await expect(bring('b', 'three', { more: full })).rejects.toThrow('full');
});
