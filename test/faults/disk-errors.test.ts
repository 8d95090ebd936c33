import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../../src/archive/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';
import { type FaultyDisk, faultyDisk } from '../support/faulty-disk.ts';
import { type Headwater, until } from '../support/index.ts';
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
const ANSWER_MS = 30_000;

let disk: FaultyDisk;
let server: Headwater;
let picture: MadeFlv;
const viewers: { close(): unknown }[] = [];

beforeAll(async () => {
  if (!isRoot) return;
  disk = await faultyDisk();
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k', audio: false });
  const record = { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' as const }] };
  server = await openServer(
    [
      {
        match: {},
        publish: { waitSeconds: 10 },
        hls: { segmentSeconds: 1, endedSeconds: 1 },
        timeShift: { enabled: true },
        record,
      },
    ],
    {
      env: {
        HEADWATER_ARCHIVE_DIR: join(disk.path, 'archive'),
        HEADWATER_RECORDINGS_DIR: join(disk.path, 'recordings'),
        HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0',
      },
    },
  );
});
afterAll(async () => {
  await disk?.heal();
  for (const viewer of viewers) await viewer.close();
  await server?.stop();
  await picture?.remove();
  await disk?.remove();
});

type Part = { readonly state: string; readonly reason?: string };
const readyz = async () =>
  (await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json()) as { status: string; archive: Part };
const count = async (name: string) => (await server.metric(`headwater_${name}`)) ?? 0;
const alarms = async () => {
  const { alarms: open } = await server.api<{ alarms: { code: string; state: string }[] }>('/alarms?state=open');
  return open.map(({ code }) => code);
};

/** Gives what ends it, for good or as an encoder that will be back. */
async function publish(name: string): Promise<(isLost?: boolean) => Promise<void>> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, picture.tags);
  return async (isLost = false) => {
    await playing.stop();
    await (isLost ? publisher.drop() : publisher.unpublish());
  };
}

/** What is said to somebody who goes back in a stream: of each segment that there was before. */
async function pastOf(name: string, fromMs: number, toMs: number): Promise<string[]> {
  const range = `aliyunols=on&lhs_start_unix_ms_0=${fromMs}&lhs_vodend_unix_ms_0=${toMs}`;
  const url = `${server.playback}/live/${name}.m3u8?${range}`;
  const [variant] = parseMultivariantPlaylist(await (await fetch(url)).text()).variants;
  const playlist = new URL(variant?.uri ?? '', url).href;
  const { segments } = parseMediaPlaylist(await (await fetch(playlist)).text());
  return segments.map(({ uri }) => new URL(uri, playlist).href);
}

async function answerOf(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await answer.text();
  return answer.ok ? '200' : `${answer.status} ${(JSON.parse(text) as { code: string }).code}`;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Which of a stream's segments can be read from the disk, and which cannot. */
async function archived(name: string) {
  const log = createLogger({ level: 'silent' });
  const archive = new Archive({ folder: join(disk.path, 'archive'), log, nowMs: () => 0, reserveBytes: 0 });
  const id = { domain: 'default', app: 'live', name };
  const whole: number[] = [];
  const damaged: string[] = [];
  const segments = await archive.between(id, 0, 1e14);
  for (const segment of segments) {
    await archive.bytes(id, segment).then(
      () => whole.push(segment.wallMs),
      ({ code }) => damaged.push(code),
    );
  }
  await archive.close();
  return { whole, damaged, count: segments.length };
}

describe.skipIf(!isRoot)('a disk for archive and recordings', () => {
  it('that has I/O errors costs viewers and encoders nothing, is said, and is well again', async () => {
    const startMs = Date.now();
    const ends = { past: await publish('past'), live: await publish('live') };
    const address = `${server.playback}/live/live`;
    const flv = await FlvViewer.open(`${address}.flv`);
    const hls = await HlsViewer.open(`${address}.m3u8`);
    const low = await HlsViewer.open(`${address}.m3u8`, { lowLatency: true, container: 'fmp4' });
    viewers.push(flv, hls, low);
    await until('both are kept', () => hls.segments.length > 5);
    await ends.past();
    const files = await until('its slice is on the disk', async () => {
      const found = await filesBelow(join(disk.path, 'archive/default/live/past'));
      const index = found.find((file) => file.endsWith('/index'));
      return index && (await readFile(index, 'utf8')).includes('["e"') && found;
    });
    // All of it: its last segment is whole a moment after its end.
    const pastUrls = await until('there is a past', async () => {
      const urls = await pastOf('past', startMs, Date.now());
      return urls.length > 2 && urls;
    });
    await disk.hurt('failing');
    // A `.new` one has another name by now.
    for (const file of files) if (!file.endsWith('.new')) disk.forget(file);
    // What is in memory is not read, until it leaves that, too.
    const said = await until('its segments are read from the disk', async () => {
      const answers = await Promise.all(pastUrls.map(answerOf));
      return !answers.includes('200') && answers;
    });
    expect(new Set(said)).toEqual(new Set(['503 ARCHIVE_UNREADABLE']));

    // A slice ends where the encoder comes anew, and the disk does not take it.
    await ends.live(true);
    ends.live = await publish('live');
    const reason = await until('it is said', async () => {
      const { status, archive } = await readyz();
      return status === 'degraded' && archive.state === 'failing' && archive.reason;
    });
    await until('an alarm is raised', async () => (await alarms()).includes('ARCHIVE_FAILING'), 60_000);
    expect((await readyz()).archive.state).toBe('failing');
    const endDuring = await publish('during');
    const joined = await FlvViewer.open(`${server.playback}/live/during.flv`);
    viewers.push(joined);
    await until('who comes now sees it', () => joined.tags.length > 60);
    const before = [hls.segments.length, low.segments.length] as const;
    await until('HLS goes on', () => hls.segments.length > before[0] + 2);
    await until('LL-HLS goes on', () => low.segments.length > before[1] + 2);
    await endDuring();

    await disk.heal();
    const healedMs = Date.now();
    await until('all is well', async () => (await readyz()).archive.state === 'ok', 120_000);
    await until('the alarm is over', async () => !(await alarms()).includes('ARCHIVE_FAILING'), 90_000);
    const kept = await count('archive_written_bytes_total');
    await until('the archive goes on', async () => (await count('archive_written_bytes_total')) > kept);
    expect(new Set(await Promise.all(pastUrls.map(answerOf)))).toEqual(new Set(['200']));
    const lost = await count('archive_segments_lost_total');
    expect(lost).toBeGreaterThan(0);
    await ends.live();
    await cancelDelay(server, 'live');
    type Shown = { readonly object: string };
    const list = () => server.api<{ recordings: Shown[] }>('/recordings?app=live&stream=live');
    const { recordings } = await until('it is recorded', async () => {
      const found = await list();
      return found.recordings.length > 0 && found;
    });

    for (const file of await filesBelow(join(disk.path, 'archive'))) disk.forget(file);
    const [past, live] = [await archived('past'), await archived('live')];
    expect(past).toMatchObject({ count: pastUrls.length, damaged: [] });
    expect(live.whole.filter((wallMs) => wallMs > healedMs).length).toBeGreaterThan(2);
    const times = [flv, joined].map(({ tags }) => framesOf(tags, 'video').map(({ timestampMs }) => timestampMs));
    console.log(
      `I/O errors (${reason}): ${said.length} of ${said.length} segments of the past answered 503; ${lost} segments lost, ` +
        `${live.damaged.length} of ${live.count} listed ones damaged, ${recordings.length} recordings; ` +
        `${times.map(({ length }) => length).join(' and ')} frames at FLV`,
    );
    for (const frames of times) {
      // The encoder was away for a moment, once.
      const gaps = frames.filter((timeMs, index) => index > 0 && Math.abs(timeMs - frames[index - 1]! - 33) > 3);
      expect(gaps.length).toBeLessThanOrEqual(1);
    }
    expect([hls.failures, low.failures]).toEqual([[], []]);
  }, 400_000);
});
