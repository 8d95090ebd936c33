import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../../src/archive/index.ts';
import { encodeIndexLine, type IndexLine } from '../../src/archive/index-line.ts';
import { keep, TEST_TRACKS } from '../../src/archive/test-media.ts';
import { createLogger } from '../../src/log/index.ts';
import { framesOf, type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { HEADWATER, type Headwater, start, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN, openServer } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { Scrape } from '../support/scrape.ts';

const SHIFTED = [{ match: { app: 'live' }, timeShift: { enabled: true, days: 30 }, hls: { segmentSeconds: 1 } }];
const log = createLogger({ level: 'silent' });
const idOf = (name: string) => ({ domain: 'default', app: 'live', name });
const cleanups: (() => unknown)[] = [];
let flv: MadeFlv;

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180', audio: false });
});
afterAll(() => flv?.remove());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function home(): Promise<string> {
  const made = await tempDir('archive');
  cleanups.push(made.remove);
  return made.path;
}

async function serve(dataDir: string, archiveDir: string): Promise<Headwater> {
  const env = { HEADWATER_ARCHIVE_DIR: archiveDir, HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' };
  const server = await openServer(SHIFTED, { dataDir, env });
  cleanups.push(() => server.stop('SIGKILL'));
  return server;
}

async function publish(server: Headwater, name: string) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, flv.tags);
  const end = async () => {
    await playing.stop();
    await publisher.unpublish();
  };
  cleanups.push(end);
  return { end, viewer: await FlvViewer.open(`${server.playback}/live/${name}.flv`) };
}

const openArchive = (folder: string) => new Archive({ folder, log, nowMs: () => 0, reserveBytes: 0 });

type Readyz = { readonly status: string; readonly archive: { readonly state: string; readonly reason?: string } };
const readyz = async ({ controlPort }: Headwater) =>
  (await (await fetch(`http://127.0.0.1:${controlPort}/readyz`)).json()) as Readyz;
const scrape = ({ controlPort }: Headwater) => Scrape.of(`http://127.0.0.1:${controlPort}/metrics`);

const untilArchive = (server: Headwater, state: string) =>
  until(`the archive is ${state}`, async () =>
    (await readyz(server)).archive.state === state ? readyz(server) : undefined,
  );

const untilWritten = async (server: Headwater) => {
  const before = (await scrape(server)).sum('archive_written_bytes_total');
  await until('segments are kept', async () => (await scrape(server)).sum('archive_written_bytes_total') > before);
};

/** Every frame came, each once. */
function expectEveryFrame({ tags }: FlvViewer): void {
  const times = framesOf(tags, 'video').map(({ timestampMs }) => timestampMs);
  expect(times.length).toBeGreaterThan(60);
  for (const [index, timeMs] of times.entries()) {
    if (index > 0) expect(Math.abs(timeMs - times[index - 1]! - 33)).toBeLessThan(3);
  }
}

describe.skipIf(process.getuid?.() !== 0)('a disk', () => {
  async function smallDisk(): Promise<string> {
    const folder = join(await home(), 'disk');
    await mkdir(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    cleanups.push(() => execFileSync('umount', ['--lazy', folder]));
    return folder;
  }

  it('that is full costs the archive segments and viewers nothing', async () => {
    const disk = await smallDisk();
    const server = await serve(join(await home(), 'data'), disk);
    const { viewer, end } = await publish(server, 'demo');
    await untilWritten(server);
    expect(await readyz(server)).toMatchObject({ archive: { state: 'ok' } });

    await appendFile(join(disk, 'filler'), Buffer.alloc(4 * 1024 * 1024)).catch(() => undefined);
    const full = await untilArchive(server, 'failing');
    expect(full).toMatchObject({ status: 'degraded', archive: { reason: 'the disk of the archive is full' } });
    expect((await scrape(server)).sum('archive_up')).toBe(0);
    await rm(join(disk, 'filler'));
    await untilArchive(server, 'ok');
    await untilWritten(server);

    const found = await scrape(server);
    expect(found.sum('archive_segments_lost_total')).toBeGreaterThan(0);
    expect(found.sum('archive_up')).toBe(1);
    expectEveryFrame(viewer);

    await end();
    await server.stop();
    const archive = openArchive(disk);
    const segments = await archive.between(idOf('demo'), 0, 1e14);
    expect(segments.length).toBeGreaterThan(3);
    for (const segment of segments) await archive.bytes(idOf('demo'), segment);
    // What was lost is missing, and nothing else took its numbers.
    expect(segments.at(-1)!.number - segments[0]!.number).toBeGreaterThanOrEqual(segments.length);
  });

  it('that is read-only lets streams play, and is written once it may be', async () => {
    const disk = await smallDisk();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const server = await serve(join(await home(), 'data'), disk);
    const { viewer } = await publish(server, 'demo');
    const failing = await untilArchive(server, 'failing');
    expect(failing).toMatchObject({ status: 'degraded', archive: { reason: expect.stringContaining('EROFS') } });
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await untilArchive(server, 'ok');
    await untilWritten(server);
    expectEveryFrame(viewer);
  });
});

describe('100 000 segments', () => {
  const SLICES = 3334;
  const EACH = 30;
  const SEGMENT_MS = 2000;

  /** Three days of a stream that ended an hour ago: slices are links to one that was really written. */
  async function generate(folder: string): Promise<number> {
    const endMs = Date.now() - 3_600_000;
    const startMs = endMs - SLICES * EACH * SEGMENT_MS;
    await keep(openArchive(folder), { first: 1, count: EACH, wallMs: startMs }, idOf('model'));
    const model = join(folder, 'default/live/model');
    const [day = ''] = await readdir(model);
    const [slice] = await openArchive(folder).stream(idOf('model')).slicesOf(day);
    const segments = await openArchive(folder).between(idOf('model'), 0, 1e14);
    const { init: bytes, initName, tracks } = segments[0]!.slice;
    const lines = new Map<string, IndexLine[]>();
    for (let index = 0; index < SLICES; index++) {
      const [first, shiftMs] = [1 + index * EACH, index * EACH * SEGMENT_MS];
      const name = new Date(startMs + shiftMs).toISOString().slice(0, 10);
      const path = join(folder, 'default/live/demo', name);
      if (!lines.has(name)) {
        lines.set(name, [{ kind: 'init', name: initName, bytes, tracks }]);
        await mkdir(path, { recursive: true });
        await copyFile(join(model, day, '1.mp4'), join(path, 'model'));
      }
      await link(join(path, 'model'), join(path, `${first}.mp4`));
      const { sizeBytes, endMs: sliceEndMs } = slice!;
      lines.get(name)?.push(
        { kind: 'slice', first, initName },
        ...segments.map(({ slice: _, ...segment }, at) => {
          const moved = { number: first + at, wallMs: segment.wallMs + shiftMs };
          return { kind: 'segment', first, segment: { ...segment, ...moved } } as const;
        }),
        { kind: 'ended', first, lastNumber: first + EACH - 1, endMs: sliceEndMs + shiftMs, sizeBytes },
      );
    }
    for (const [name, each] of lines) {
      await writeFile(join(folder, 'default/live/demo', name, 'index'), each.map(encodeIndexLine).join(''));
    }
    return SLICES * EACH;
  }

  it('neither hold up a start nor fill the memory', async () => {
    const folder = join(await home(), 'archive');
    const count = await generate(folder);
    const server = await serve(join(await home(), 'data'), folder);
    const { end } = await publish(server, 'demo');
    await untilWritten(server);
    expect((await scrape(server)).sum('process_resident_memory_bytes')).toBeLessThan(400_000_000);
    await end();
    await server.stop();
    const archive = openArchive(folder);
    expect((await archive.find(idOf('demo'), 1))?.slice.tracks.video?.width).toBe(TEST_TRACKS.video?.width);
    expect((await archive.find(idOf('demo'), count))?.number).toBe(count);
    expect(await archive.timeline(idOf('demo'), 0, 1e14)).toHaveLength(2);
    expect((await archive.between(idOf('demo'), Date.now() - 1_800_000, 1e14)).length).toBeGreaterThan(0);
  });
});

describe('headwater doctor --rebuild', () => {
  it('waits for the server to end, and then gives every stream its indexes back', async () => {
    const [dataDir, folder] = [join(await home(), 'data'), join(await home(), 'archive')];
    const server = await serve(dataDir, folder);
    const both = [await publish(server, 'a'), await publish(server, 'b')];
    for (let times = 0; times < 3; times++) await untilWritten(server);
    const rebuild = async (...args: string[]) => {
      const env = { ...process.env, HEADWATER_DATA_DIR: dataDir, HEADWATER_ARCHIVE_DIR: folder };
      const child = start(process.execPath, [...HEADWATER, 'doctor', '--rebuild', ...args], { env });
      return { code: await child.exited, out: child.stdout(), error: child.stderr() };
    };
    expect(await rebuild()).toMatchObject({ code: 1, out: '', error: expect.stringContaining('Stop it, rebuild') });
    // Nor may another server have the same archive.
    const env = { ...NO_DATABASE, HEADWATER_ARCHIVE_DIR: folder };
    await expect(startHeadwater({ rules: { domains: [OPEN_DOMAIN] }, env })).rejects.toThrow('ARCHIVE_IN_USE');
    for (const { end } of both) await end();
    await server.stop();

    const [a, b] = await Promise.all(['a', 'b'].map((name) => openArchive(folder).between(idOf(name), 0, 1e14)));
    const day = a![0]!.slice.day;
    const indexOf = (name: string) => join(folder, 'default/live', name, day, 'index');
    await rm(indexOf('a'));
    const text = await readFile(indexOf('b'), 'utf8');
    await writeFile(indexOf('b'), text.replaceAll('"s"', '"x"'));
    const { code, out } = await rebuild();
    expect([code, out]).toEqual([0, expect.stringContaining(`default/live/a: ${a!.length} segments in `)]);
    expect(out).toContain(`default/live/b: ${b!.length} segments in `);
    for (const [name, before] of [
      ['a', a],
      ['b', b],
    ] as const) {
      expect(await readFile(indexOf(name), 'utf8')).toContain('"s"');
      expect(await openArchive(folder).between(idOf(name), 0, 1e14)).toEqual(before);
    }
    const { streams } = JSON.parse((await rebuild('--json')).out) as { streams: { segments: number }[] };
    expect(streams.map(({ segments }) => segments).sort()).toEqual([a!.length, b!.length].sort());
  });
});
