import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archivedSegment } from '../../test/support/archive.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { Archive, ArchivedSegment } from '../archive/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { Storages } from '../storage/index.ts';
import type { AskedClip, MadeClip } from './clip.ts';
import { ClipRetention } from './clip-retention.ts';
import { ClipWork } from './clip-work.ts';
import { Clips } from './clips.ts';

const id: StreamId = { domain: 'd', app: 'live', name: 'demo' };
const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} } as never;
const MADE: MadeClip = {
  ...{ width: 320, height: 180, sizeBytes: 5, durationMs: 2000, wallMs: 1, isExact: true, chapters: [] },
};
/** Two seconds each, up to now. */
const segments: readonly ArchivedSegment[] = Array.from({ length: 5 }, (_, number) => {
  return archivedSegment({ number, wallMs: Date.UTC(2026, 0, 1) + number * 2000 });
});
const endMs = Date.UTC(2026, 0, 1) + 10_000;

let dir: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  dir = await tempDir('clips');
});
afterEach(() => dir.remove());

type Maker = (clip: AskedClip, signal: AbortSignal) => Promise<MadeClip>;

/** A server with an archive of ten seconds of one stream. */
async function server(make: Maker, { isLive = false, archived = [...segments], keepDays = 0 } = {}) {
  const clock = new TestClock();
  clock.advance(endMs - clock.wallMs());
  let pins: () => Iterable<unknown> = () => [];
  const stream = { state: 'publishing', startedWallMs: 0, keyIntervalMs: 2000 };
  const archive = {
    folderOf: ({ name }: StreamId) => join(dir.path, name),
    between: async ({ name }: StreamId, fromMs: number, toMs: number) =>
      archived.filter((each) => name === id.name && each.wallMs < toMs && each.wallMs + each.durationMs > fromMs),
    find: async (_id: StreamId, number: number) => archived[number],
    stream: ({ name }: StreamId) => ({ lastNumber: async () => (name === id.name ? archived.length - 1 : -Infinity) }),
    async *streams() {
      yield id;
    },
    addPins(given: typeof pins) {
      pins = given;
      return () => {};
    },
  } as unknown as Archive;
  const clips = await Clips.open({
    ...{ archive, clock, log: quiet, work: new ClipWork({ atOnce: 1, maxWaiting: 1 }) },
    registry: { find: () => (isLive ? stream : undefined), listen: () => () => {} } as unknown as Registry,
    storages: await Storages.open([{ kind: 'folder', name: 'recordings', folder: join(dir.path, 'objects') }], quiet),
    maker: {
      open: async () => {},
      fileOf: (clipId) => join(dir.path, clipId),
      make: (_id, clip, at) => make(clip, at),
    },
    ruleOf: () => ({ storage: 'recordings', keepDays, segmentMs: 2000, isKept: true }),
  });
  const retention = new ClipRetention({ archive, clips, log: quiet });
  return { clips, clock, archived, retention, pinned: () => [...pins()] };
}

const never = (_clip: AskedClip, signal: AbortSignal) =>
  new Promise<MadeClip>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
const DAY_MS = 86_400_000;
const asked = (seconds = 4) => ({ wanted: { seconds }, by: 'api' });

describe('Clips', () => {
  it('has a clip at once, and makes it', async () => {
    const { clips, pinned } = await server(async () => MADE);
    const clip = await clips.make(id, { ...asked(), title: ' The\ngoal ' });
    expect(clip).toMatchObject({ state: 'making', title: 'The goal', startMs: endMs + 1 - 4000, endMs: endMs + 1 });
    expect(clip.object).toBe(`clips/live/demo/${clip.id}.mp4`);
    expect(pinned()).toHaveLength(1);
    expect(await clips.settled(id, clip.id, 60_000)).toMatchObject({ state: 'ready', durationMs: 2000 });
    expect([pinned(), (await clips.list(id)).length]).toEqual([[], 1]);
    expect(await clips.find({ ...id, name: 'other' }, clip.id)).toBeUndefined();
  });

  it('says why it could not be made', async () => {
    const { clips } = await server(() => Promise.reject(new Error('the disk is full')));
    const clip = await clips.make(id, asked());
    expect(await clips.settled(id, clip.id, 60_000)).toMatchObject({ state: 'failed', reason: 'the disk is full' });
  });

  it('waits for the segment that is being filled, but not for ever', async () => {
    for (const comes of [true, false]) {
      let isMade = false;
      const made = async () => {
        isMade = true;
        return MADE;
      };
      const { clips, clock, archived } = await server(made, { isLive: true, archived: segments.slice(0, 4) });
      const clip = await clips.make(id, asked());
      clips.kept(id);
      clock.advance(3900);
      await new Promise((resolve) => setImmediate(resolve));
      expect(isMade).toBe(false);
      if (comes) archived.push(segments[4]!);
      if (comes) clips.kept(id);
      else clock.advance(200);
      expect(await clips.settled(id, clip.id, 60_000)).toMatchObject({ state: 'ready' });
    }
  });

  it('is asked for no longer than a page may wait', async () => {
    const { clips, clock } = await server(never);
    const clip = await clips.make(id, asked());
    const waiting = clips.settled(id, clip.id, 5000);
    clock.advance(5000);
    expect(await waiting).toMatchObject({ state: 'making' });
    await clips.close();
  });

  it('is made after a restart that broke it off', async () => {
    const first = await server(never);
    const clip = await first.clips.make(id, asked());
    await first.clips.close();
    const second = await server(async () => MADE);
    expect(await second.clips.settled(id, clip.id, 60_000)).toMatchObject({ id: clip.id, state: 'ready' });
  });

  it('refuses more than it can make, and what is not there', async () => {
    const { clips } = await server(never);
    await Promise.all([clips.make(id, asked()), clips.make(id, asked())]);
    await expect(clips.make(id, asked())).rejects.toMatchObject({ code: 'CLIPS_BUSY' });
    await expect(clips.make({ ...id, name: 'other' }, asked())).rejects.toMatchObject({ code: 'NOTHING_TO_CLIP' });
    expect(await clips.list(id)).toHaveLength(2);
    await clips.close();
  });

  it('is deleted, though it is being made, with its files and what comes of its uploads', async () => {
    const { clips } = await server(never);
    const clip = await clips.make(id, asked());
    expect(await clips.delete(id, clip.id)).toBe(true);
    expect(await clips.delete(id, clip.id)).toBe(false);
    expect([await clips.find(id, clip.id), await clips.list(id)]).toEqual([undefined, []]);
    const removed: string[] = [];
    const stored = { storage: 'recordings', name: clip.object, data: { stream: id, clipId: clip.id, file: 'f' } };
    await clips.stored({ ...stored, id: '', sizeBytes: 1, sha256: '', kind: '', addedAtMs: 0 }, async (file) => {
      removed.push(file);
    });
    expect(removed).toEqual(['f']);
  });

  it('expires with its files as old as rules let it become, and stays known as expired', async () => {
    const { clips, clock, retention } = await server(async () => MADE, { keepDays: 7 });
    const clip = await clips.make(id, asked());
    await clips.settled(id, clip.id, 60_000);
    const files = [clip.object, clip.object.replace('mp4', 'jpg')].map((object) => join(dir.path, 'objects', object));
    await mkdir(dirname(files[0]!), { recursive: true });
    for (const file of files) await writeFile(file, '');
    const states = async () => (await clips.list(id)).map(({ state }) => state);
    clock.advance(7 * DAY_MS - 1);
    await retention.sweep();
    expect([await states(), files.map(existsSync)]).toEqual([['ready'], [true, true]]);
    clock.advance(1);
    const expired = { id: clip.id, title: clip.title, state: 'expired', expiredAtMs: clip.askedAtMs + 7 * DAY_MS };
    expect([await states(), await clips.find(id, clip.id)]).toMatchObject([[], expired]);
    expect(files.map(existsSync)).toEqual([true, true]);
    await retention.sweep();
    expect(files.map(existsSync)).toEqual([false, false]);
    // Whatever rules say now, its files are gone; and the next sweep finds nothing to do.
    const later = await server(never);
    expect(await later.clips.find(id, clip.id)).toMatchObject(expired);
    expect(await clips.expired(id)).toEqual([]);
    expect(await clips.delete(id, clip.id)).toBe(true);
    expect(await clips.find(id, clip.id)).toBeUndefined();
  });

  it('deletes what comes into a storage only after the clip has expired', async () => {
    const { clips, clock, retention } = await server(async () => MADE, { keepDays: 1 });
    const clip = await clips.make(id, asked());
    await clips.settled(id, clip.id, 60_000);
    clock.advance(DAY_MS);
    await retention.sweep();
    const file = join(dir.path, 'objects', clip.object);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '');
    const stored = { storage: 'recordings', name: clip.object, data: { stream: id, clipId: clip.id, file: 'f' } };
    await clips.stored({ ...stored, id: '', sizeBytes: 1, sha256: '', kind: '', addedAtMs: 0 }, async () => {});
    expect(existsSync(file)).toBe(false);
  });
});
