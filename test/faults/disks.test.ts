import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../../src/archive/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { type DiskFault, type FaultyDisk, faultyDisk } from '../support/faulty-disk.ts';
import { type Headwater, runToEnd, until } from '../support/index.ts';
import {
  FlvViewer,
  framesOf,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  openServer,
  playForEver,
  RtmpPublisher,
} from '../support/peers.ts';
import { cancelDelay } from '../support/record-command.ts';

const isRoot = process.getuid?.() === 0;
const isLong = process.env.FAULT_MINUTES !== undefined;
/** More than the server has threads for files. */
const OTHER_STREAMS = 16;
const ANSWER_MS = 30_000;

type Fault = {
  readonly fault: DiskFault;
  readonly journal?: RegExp;
  readonly archive?: RegExp;
};

/** A full disk and a slow one are no less common, but tried by others as well: here when there is time. */
const FAULTS: readonly Fault[] = [
  ...(isLong
    ? [{ fault: 'full' as const, archive: /the disk of the archive is full/ }, { fault: 'slow' as const }]
    : []),
  { fault: 'hanging', journal: /has not answered for \d+ s/, archive: /has taken nothing for a while/ },
];

let disk: FaultyDisk;
let server: Headwater;
let picture: MadeFlv;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  if (!isRoot) return;
  disk = await faultyDisk();
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k', audio: false });
  const record = { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' as const }] };
  const common = { publish: { waitSeconds: 1 }, hls: { segmentSeconds: 1 }, timeShift: { enabled: true } };
  server = await openServer(
    [
      { match: {}, ...common },
      { match: { app: 'live' }, ...common, record },
    ],
    {
      dataDir: join(disk.path, 'data'),
      env: {
        ...{ HEADWATER_ARCHIVE_DIR: join(disk.path, 'archive'), HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' },
        HEADWATER_RECORDINGS_DIR: join(disk.path, 'recordings'),
      },
    },
  );
});
afterAll(async () => {
  await disk?.heal();
  for (const end of ends.splice(0).reverse()) await end();
  await server?.stop();
  await picture?.remove();
  await disk?.remove();
});

type Part = { readonly state: string; readonly reason?: string };
type Readyz = { readonly status: string; readonly journal: Part; readonly archive: Part };
const readyz = async () => {
  const headers = { connection: 'close' };
  return (await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`, { headers })).json()) as Readyz;
};

async function publish(path: string): Promise<() => Promise<void>> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path });
  const playing = playForEver(publisher, picture.tags);
  const end = async () => {
    await playing.stop();
    await publisher.unpublish();
  };
  ends.push(end);
  return end;
}

/** What is not live, and is still answered. */
async function expectAnswers(name: string): Promise<void> {
  const inTime = () => ({ signal: AbortSignal.timeout(ANSWER_MS) });
  const page = { ...inTime(), headers: { accept: 'text/html' } };
  expect((await fetch(`${server.playback}/live/${name}`, page)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${server.controlPort}/`, page)).status).toBe(200);
  expect(await server.api(`/streams/default/live/${name}`, inTime())).toMatchObject({ name });
}

/** Every frame came, each once. */
function expectEveryFrame({ tags }: FlvViewer): void {
  const times = framesOf(tags, 'video').map(({ timestampMs }) => timestampMs);
  for (const [index, timeMs] of times.entries()) {
    if (index > 0) expect(Math.abs(timeMs - times[index - 1]! - 33)).toBeLessThan(3);
  }
}

/** What is listed is there, and whole. */
async function expectWholeFiles(name: string): Promise<void> {
  type Shown = { readonly object: string; readonly durationSeconds: number };
  const list = () => server.api<{ recordings: Shown[] }>(`/recordings?app=live&stream=${name}`);
  const recordings = await until(
    `${name} is recorded`,
    async () => {
      const found = (await list()).recordings;
      return found.length > 0 && found;
    },
    120_000,
  );
  for (const { object, durationSeconds } of recordings) {
    const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const times = (await runToEnd('ffprobe', [...args, join(disk.path, 'recordings', object)])).trim().split('\n');
    expect([object, Math.round(times.length / 30)]).toEqual([object, Math.round(durationSeconds)]);
  }
  const log = createLogger({ level: 'silent' });
  const archive = new Archive({ folder: join(disk.path, 'archive'), log, nowMs: () => 0, reserveBytes: 0 });
  const segments = await archive.between({ domain: 'default', app: 'live', name }, 0, 1e14);
  expect(segments.length).toBeGreaterThan(1);
  for (const segment of segments) await archive.bytes({ domain: 'default', app: 'live', name }, segment);
  await archive.close();
}

describe.skipIf(!isRoot)('a disk for data, archive and recordings', () => {
  it.each(FAULTS)('that is $fault costs viewers and encoders nothing, is said, and is well again', async (expected) => {
    const { fault } = expected;
    const name = `before-${fault}`;
    const address = `${server.playback}/live/${name}`;
    const end = await publish(`live/${name}`);
    const others = await Promise.all(
      Array.from({ length: OTHER_STREAMS }, (_, index) => publish(`other/${fault}-${index}`)),
    );
    const flv = await FlvViewer.open(`${address}.flv`);
    const hls = await HlsViewer.open(`${address}.m3u8`);
    const low = await HlsViewer.open(`${address}.m3u8`, { lowLatency: true, container: 'fmp4' });
    await until('all play', () => hls.segments.length > 1 && low.segments.length > 1);

    // A password that was checked once is known.
    await server.api('/streams');

    await disk.hurt(fault);
    const during = await publish(`live/during-${fault}`);
    const joined = await FlvViewer.open(`${server.playback}/live/during-${fault}.flv`);
    await until('who comes now sees it', () => joined.tags.length > 60);
    await until('it is said of the journal', async () => {
      const { reason = '' } = (await readyz()).journal;
      return expected.journal === undefined || expected.journal.test(reason);
    });
    await until('it is said of the archive', async () => {
      const { reason = '' } = (await readyz()).archive;
      return expected.archive === undefined || expected.archive.test(reason);
    });
    await expectAnswers(name);
    const before = [hls.segments.length, low.segments.length] as const;
    await until('HLS goes on', () => hls.segments.length > before[0] + 2);
    await until('LL-HLS goes on', () => low.segments.length > before[1] + 2);
    await during();

    await disk.heal();
    await until(
      'all is well',
      async () => {
        const { journal, archive } = await readyz();
        return journal.state === 'ok' && archive.state === 'ok';
      },
      120_000,
      1000,
    );
    const kept = async () => (await server.metric('headwater_archive_written_bytes_total')) ?? 0;
    const keptBefore = await kept();
    await until('the archive goes on', async () => (await kept()) > keptBefore, 60_000);
    for (const each of [end, ...others]) await each();
    await cancelDelay(server, name);
    await expectWholeFiles(name);
    for (const viewer of [flv, joined]) expectEveryFrame(viewer);
    const frames = [flv, joined].map(({ tags }) => framesOf(tags, 'video').length);
    console.log(
      `a disk that is ${fault}: ${frames.join(' and ')} frames at FLV, ${hls.segments.length} and ${low.segments.length} segments`,
    );
    expect([hls.failures, low.failures]).toEqual([[], []]);
    await Promise.all([flv, joined, hls, low].map((viewer) => viewer.close()));
  });
});
