import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import { FlvViewer, framesOf, type MadeFlv, makeFlv, OPEN_DOMAIN, RtmpPublisher } from '../support/peers.ts';
import { cancelDelay } from '../support/record-command.ts';

const DISK_BYTES = 4 * 1024 * 1024;

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let picture: MadeFlv;
let disk: string;

const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  if (!isRoot) return;
  home = await tempDir('recording-faults');
  receiver = await CallbackReceiver.start();
  picture = await makeFlv({ seconds: 5, fps: 25, gop: 25, size: '320x180' });
  disk = join(home.path, 'disk');
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  const config = join(home.path, 'mine.yml');
  await writeFile(config, stringify({ storages: [{ name: 'small', kind: 'folder', folder: disk }] }));
  server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [
        {
          ...{ match: {}, publish: { waitSeconds: 0 }, hls: { segmentSeconds: 1 } },
          record: {
            enabled: true,
            storage: 'small',
            formats: [{ format: 'mp4' }, { format: 'm3u8', sliceSeconds: 5 }],
          },
        },
      ],
      callbacks: [{ id: 'json', match: {}, url: receiver.url('json'), form: 'json', events: ['record_file'] }],
    },
    env: { HEADWATER_CONFIG: config, HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings') },
  });
});
afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await picture?.remove();
  if (disk) execFileSync('umount', ['--lazy', disk]);
  await home?.remove();
});

const storages = async () => {
  const answer = await fetch(`http://127.0.0.1:${server.controlPort}/readyz`);
  return (await answer.json()) as { status: string; storages: { failing?: Record<string, string> } };
};
const failing = async () => (await storages()).storages.failing?.small;
const told = (name: string) =>
  eventsOf(receiver, 'json', name).map(({ data }) => (data.recording as { object: string }).object);

/** Pushes while the storage fails, and says what viewers got of it. */
async function pushed(name: string): Promise<number> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const viewing = FlvViewer.open(`${server.playback}/live/${name}.flv`);
  await publisher.play(picture.tags, { speed: 2 });
  await publisher.unpublish();
  const viewer = await viewing;
  await viewer.closed;
  await cancelDelay(server, name);
  return framesOf(viewer.tags, 'video').length;
}

async function expectStored(name: string): Promise<void> {
  await until(`the files of ${name} are told of`, () => told(name).length === 2, 120_000);
  expect(await failing()).toBeUndefined();
  const frames = framesOf(picture.tags, 'video').length;
  for (const object of told(name)) {
    const args = ['-v', 'error', '-i', join(disk, object), '-map', '0:v', '-f', 'framemd5', '-'];
    const lines = (await runToEnd('ffmpeg', args)).split('\n').filter((line) => line.startsWith('0,'));
    expect([object, lines.length]).toEqual([object, frames]);
  }
  expect(await server.metric('headwater_upload_dead')).toBe(0);
}

describe.skipIf(!isRoot)('a storage of recordings', () => {
  it.each([
    [
      'full',
      'STORAGE_FULL',
      () => writeFile(join(disk, 'filler'), Buffer.alloc(DISK_BYTES - 65_536)),
      () => rm(join(disk, 'filler')),
    ],
    [
      'read-only',
      'STORAGE_REFUSED',
      () => execFileSync('mount', ['-o', 'remount,ro', disk]),
      () => execFileSync('mount', ['-o', 'remount,rw', disk]),
    ],
  ])('that is %s is said to fail, live goes on, and the files come when it is well', async (name, code, hurt, heal) => {
    await hurt();
    const frames = framesOf(picture.tags, 'video').length;
    // The first may be over before he is there.
    expect(await pushed(name)).toBeGreaterThan(frames - 25);
    expect(await until('it is said to fail', failing, 60_000)).toContain(code);
    expect((await storages()).status).toBe('degraded');
    expect(told(name)).toEqual([]);
    await heal();
    await expectStored(name);
  });
});
