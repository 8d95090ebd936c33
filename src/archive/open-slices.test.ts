import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OpenSlices } from './open-slices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-open-slices-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text = `text of ${name}`): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

async function textOf(slices: OpenSlices, path: string, offset = 0, sizeBytes = 50): Promise<string | undefined> {
  const memory = Buffer.alloc(sizeBytes);
  const bytesRead = await slices.read(path, memory, offset, sizeBytes);
  return bytesRead === undefined ? undefined : memory.toString('latin1', 0, bytesRead);
}

/** The files of the folder that this process has open. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((each) => readlink(`/proc/self/fd/${each}`).catch(() => ''));
  return (await Promise.all(links)).filter((each) => each.startsWith(folder));
}

async function untilOpen(count: number): Promise<void> {
  while ((await openFiles()).length !== count) await new Promise((resolve) => setImmediate(resolve));
}

describe.runIf(process.platform === 'linux')('OpenSlices', () => {
  it('opens a file once for all who read it', async () => {
    const slices = new OpenSlices();
    const path = await file('a.mp4');
    expect(await Promise.all([textOf(slices, path), textOf(slices, path, 5), textOf(slices, path, 8, 1)])).toEqual([
      'text of a.mp4',
      'of a.mp4',
      'a',
    ]);
    expect((await openFiles()).length).toBe(1);
    slices.close();
    await untilOpen(0);
  });

  it('has nothing of a file that is not there, and looks again the next time', async () => {
    const slices = new OpenSlices();
    expect(await textOf(slices, join(folder, 'a.mp4'))).toBeUndefined();
    expect(slices.count).toBe(0);
    expect(await textOf(slices, await file('a.mp4'))).toBe('text of a.mp4');
    slices.close();
  });

  it('closes those that were read longest ago where there are too many, but none that is read', async () => {
    const slices = new OpenSlices(2);
    const paths = await Promise.all(['a', 'b', 'c'].map((name) => file(name)));
    expect(await Promise.all(paths.map((path) => textOf(slices, path)))).toEqual([
      'text of a',
      'text of b',
      'text of c',
    ]);
    await untilOpen(2);
    for (const name of ['b', 'a', 'b', 'c']) await textOf(slices, join(folder, name));
    await untilOpen(2);
    expect((await openFiles()).sort()).toEqual([join(folder, 'b'), join(folder, 'c')]);
    slices.close();
  });

  it('closes what nobody reads any more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const slices = new OpenSlices();
    const [kept, left] = [await file('a'), await file('b')];
    await textOf(slices, left);
    for (let sweep = 0; sweep < 3; sweep++) {
      await textOf(slices, kept);
      vi.advanceTimersByTime(5000);
    }
    await untilOpen(1);
    expect(await openFiles()).toEqual([kept]);
    vi.advanceTimersByTime(10_000);
    await untilOpen(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('opens a file anew that it was told to forget', async () => {
    const slices = new OpenSlices();
    const path = await file('a', 'before');
    await textOf(slices, path);
    await rm(path);
    await file('a', 'after');
    expect(await textOf(slices, path)).toBe('before');
    slices.forget(path);
    expect(await textOf(slices, path)).toBe('after');
    slices.close();
  });
});
