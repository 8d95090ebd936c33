import { execFileSync } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import {
  capturePath,
  FlvViewer,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  playForEver,
  RtmpPublisher,
  readFlv,
} from '../support/peers.ts';

const cleanups: (() => unknown)[] = [];
let wide: MadeFlv;
let tall: MadeFlv;

beforeAll(async () => {
  const picture = { seconds: 4, gop: 25, fps: 25, bitrate: '200k' } as const;
  wide = await makeFlv({ ...picture, size: '320x180' });
  tall = await makeFlv({ ...picture, size: '180x320' });
  return async () => {
    await wide.remove();
    await tall.remove();
  };
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open({ env = {}, recordingsDir }: { env?: NodeJS.ProcessEnv; recordingsDir?: string } = {}) {
  const home = await tempDir('snapshot-faults');
  const folder = recordingsDir ?? join(home.path, 'recordings');
  const config = join(home.path, 'mine.yml');
  await writeFile(config, stringify({ recordingsDir: folder }));
  const sequence = '{AppName}/{StreamName}/{Sequence}.jpg';
  const snapshot = { enabled: true, everySeconds: 5, sequence, overwrite: '' };
  const rules = {
    domains: [OPEN_DOMAIN],
    streams: [{ match: {}, snapshot, hls: { always: true }, delivery: { holdSeconds: 20 } }],
  };
  const server = await startHeadwater({ rules, env: { ...NO_DATABASE, HEADWATER_CONFIG: config, ...env } });
  cleanups.push(home.remove, () => server.stop());
  return { server, folder, home: home.path };
}

async function publish(server: Headwater, name: string, tags: readonly FlvTag[]) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, tags);
  const stop = async () => {
    await playing.stop().catch(() => undefined);
    await publisher.drop();
  };
  cleanups.push(stop);
  return { publisher, stop };
}

const jpegOf = async (server: Headwater, name: string) => {
  const response = await fetch(`${server.playback}/live/${name}.jpg`);
  return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
};
const untilJpeg = (server: Headwater, name: string, isRight: (jpeg: Buffer) => boolean = () => true) =>
  until(
    `${name} has the picture`,
    async () => {
      const jpeg = await jpegOf(server, name);
      return jpeg && isRight(jpeg) && jpeg;
    },
    60_000,
  );

/** Width and height, of the frame header. */
function sizeOf(jpeg: Uint8Array): string {
  const bytes = Buffer.from(jpeg);
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker === 0xffc0 || marker === 0xffc2) return `${bytes.readUInt16BE(at + 7)}x${bytes.readUInt16BE(at + 5)}`;
  }
  return 'none';
}

const LOOK = ['-vf', 'scale=48:28:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1'];
const lookAt = (input: Uint8Array, ...options: string[]): Uint8Array =>
  execFileSync('ffmpeg', ['-v', 'error', ...options, '-i', 'pipe:0', ...LOOK], { input, maxBuffer: 1e9 });

/** How far a picture is from the nearest key frame of a file: the mean difference of grey values. */
function distance(jpeg: Uint8Array, file: Uint8Array): number {
  const seen = lookAt(jpeg);
  const frames = lookAt(file, '-skip_frame', 'nokey');
  const distances: number[] = [];
  for (let at = 0; at + seen.length <= frames.length; at += seen.length) {
    const sum = seen.reduce((total, value, index) => total + Math.abs(value - (frames[at + index] ?? 0)), 0);
    distances.push(sum / seen.length);
  }
  return Math.min(...distances);
}

const failures = (server: Headwater) => server.log().filter(({ message }) => message === 'snapshot failed');

/** The bodies of key frames overwritten, so that their lengths are right and nothing else is. */
function broken(tags: readonly FlvTag[]): FlvTag[] {
  return tags.map((tag) => {
    if (tag.type !== 'video' || tag.payload[0] !== 0x17 || tag.payload[1] !== 1) return tag;
    const payload = Buffer.from(tag.payload);
    for (let at = 5; at + 5 < payload.length; at += 4 + payload.readUInt32BE(at)) {
      payload.fill(0xff, at + 5, at + 4 + payload.readUInt32BE(at));
    }
    return { ...tag, payload: new Uint8Array(payload) };
  });
}

describe('pictures of other sources', () => {
  it('H.265 and AV1 look as the viewers see them; sound alone has none, and that is no failure', async () => {
    const { server, folder } = await open();
    const sound = wide.tags.filter(({ type }) => type === 'audio');
    await publish(server, 'sound', sound);
    for (const name of ['enhanced-hevc', 'enhanced-av1']) {
      const { stop } = await publish(server, name, await readFlv(capturePath(`${name}.flv`)));
      const viewer = await HlsViewer.open(`${server.playback}/live/${name}.m3u8`);
      const jpeg = await untilJpeg(server, name);
      await until('there are segments', () => viewer.segments.length >= 2, 60_000);
      expect(distance(jpeg, viewer.fileFrom())).toBeLessThan(4);
      await viewer.close();
      await stop();
    }
    expect(await jpegOf(server, 'sound')).toBeUndefined();
    expect(failures(server)).toEqual([]);
    expect(await server.metric('headwater_snapshots_total{outcome="failed"}')).toBeUndefined();
    expect(await readdir(join(folder, 'live/sound')).catch(() => [])).toEqual([]);
  });

  it('follow a source that turns, and one that goes on in another codec', async () => {
    const { server } = await open();
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/turns' });
    cleanups.push(() => publisher.drop());
    const hevc = await readFlv(capturePath('enhanced-hevc.flv'));
    let startMs = 0;
    for (const [tags, size] of [
      [wide.tags, '320x180'],
      [tall.tags, '180x320'],
      [wide.tags, '320x180'],
      [hevc, undefined],
    ] as const) {
      const playing = playForEver(publisher, tags, { startMs });
      startMs += 600_000;
      if (size) await untilJpeg(server, 'turns', (jpeg) => sizeOf(jpeg) === size);
      else {
        const before = await jpegOf(server, 'turns');
        const jpeg = await untilJpeg(server, 'turns', (now) => before !== undefined && !now.equals(before));
        expect(jpeg.length).toBeGreaterThan(500);
      }
      await playing.stop();
    }
    expect(failures(server)).toEqual([]);
  });

  it('a key frame that cannot be decoded has none, says why, and spoils no other', async () => {
    const { server } = await open();
    await publish(server, 'broken', broken(wide.tags));
    await publish(server, 'good', wide.tags);
    await untilJpeg(server, 'good');
    await until('the failure is in the log', () => failures(server).length > 0, 60_000);
    const [failure] = failures(server);
    expect(failure).toMatchObject({ app: 'live', name: 'broken' });
    expect(JSON.stringify(failure)).toMatch(/FFmpeg made 0 pictures of 1 key frames/);
    const first = await jpegOf(server, 'good');
    await untilJpeg(server, 'good', (now) => !now.equals(first ?? now));
    expect(await jpegOf(server, 'broken')).toBeUndefined();
    expect(failures(server).length).toBe(1);
  });
});

describe('an FFmpeg', () => {
  it('that is killed, or stands still, costs its pictures and nothing else', async () => {
    const tools = await tempDir('snapshot-ffmpeg');
    cleanups.push(tools.remove);
    const mode = join(tools.path, 'mode');
    const ffmpeg = join(tools.path, 'ffmpeg');
    const act = `case "$*" in *-version*|*-encoders*) ;; *) case $(cat ${mode}) in kill) kill -KILL $$;; stop) kill -STOP $$;; esac;; esac`;
    await writeFile(ffmpeg, `#!/bin/sh\n${act}\nexec ffmpeg "$@"\n`);
    await chmod(ffmpeg, 0o755);
    await writeFile(mode, 'kill');
    const { server, folder } = await open({ env: { HEADWATER_FFMPEG_PATH: ffmpeg } });
    const { publisher } = await publish(server, 'a', wide.tags);
    await publish(server, 'b', wide.tags);
    const viewer = await FlvViewer.open(`${server.playback}/live/a.flv`);
    cleanups.push(() => viewer.close());
    const failed = async () => (await server.metric('headwater_snapshots_total{outcome="failed"}')) ?? 0;
    await until('pictures fail', async () => (await failed()) >= 2, 60_000);
    expect(JSON.stringify(failures(server))).toMatch(/pictures of/);
    await writeFile(mode, 'work');
    await untilJpeg(server, 'a');
    await untilJpeg(server, 'b');
    const before = await failed();
    await writeFile(mode, 'stop');
    const tags = viewer.tags.length;
    await until('pictures fail again', async () => (await failed()) > before, 90_000);
    await writeFile(mode, 'work');
    expect(viewer.tags.length).toBeGreaterThan(tags);
    expect([viewer.isClosed, publisher.isClosed]).toEqual([false, false]);
    const kept = await readdir(join(folder, 'live/a'));
    await until(
      'pictures come again',
      async () => (await readdir(join(folder, 'live/a'))).length > kept.length,
      90_000,
    );
    const children = await readFile(`/proc/${server.child.pid}/task/${server.child.pid}/children`, 'utf8');
    for (const pid of children.trim().split(' ').filter(Boolean)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      expect(status).not.toMatch(/State:\s+[TZ]/);
    }
  });

  it('that is missing is named in the log, and streams go on', async () => {
    const { server } = await open({ env: { HEADWATER_FFMPEG_PATH: '/nowhere/ffmpeg' } });
    await publish(server, 'a', wide.tags);
    await until('it is in the log', () => failures(server).length > 0, 60_000);
    expect(JSON.stringify(failures(server)[0])).toMatch(/no FFmpeg was found/);
    const viewer = await FlvViewer.open(`${server.playback}/live/a.flv`);
    await until('the stream plays', () => viewer.tags.length > 20);
    await viewer.close();
  });
});

const canMount = process.getuid?.() === 0;

describe.skipIf(!canMount)('a storage folder whose disk is full', () => {
  it('keeps pictures on the other disk, says so, and has them when there is room', async () => {
    const disk = await tempDir('small-disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48k', 'none', disk.path]);
    cleanups.push(disk.remove, () => execFileSync('umount', ['-l', disk.path]));
    const { server } = await open({ recordingsDir: disk.path, env: { DATABASE_URL: '' } });
    await publish(server, 'full', wide.tags);
    const health = async () => (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json();
    await until(
      'it is full',
      async () => ((await health()) as { storages: { state: string } }).storages.state === 'failing',
      120_000,
    );
    expect(await health()).toMatchObject({
      status: 'degraded',
      storages: { failing: { recordings: expect.stringContaining('STORAGE_FULL') } },
    });
    const first = await untilJpeg(server, 'full');
    await untilJpeg(server, 'full', (now) => !now.equals(first));
    await until('some wait', async () => ((await server.metric('headwater_upload_queue')) ?? 0) >= 1, 60_000);
    execFileSync('mount', ['-o', 'remount,size=8m', disk.path]);
    await until('none waits', async () => (await server.metric('headwater_upload_queue')) === 0, 120_000);
    const names = (await readdir(join(disk.path, 'live/full'))).map((name) => Number.parseInt(name, 10));
    expect(names.sort((a, b) => a - b)).toEqual(names.map((_, index) => index + 1));
    expect(((await health()) as { status: string }).status).toBe('ok');
  });
});
