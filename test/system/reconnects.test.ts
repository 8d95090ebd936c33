import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive, type ArchivedSegment } from '../../src/archive/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { FragmentReader } from '../../src/protocol/fmp4/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { framesOf, type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import { type Headwater, publishTestPicture, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { cancelDelay } from '../support/record-command.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { Scrape } from '../support/scrape.ts';

type Publishing = { readonly publisher: RtmpPublisher; readonly playing: ReturnType<typeof playForEver> };
type StreamRule = NonNullable<RulesInput['streams']>[number];

const RECONNECTS = Number(process.env.TEST_RECONNECTS ?? 8);
/** How long each publish lasts before the next: within a segment, over its end, over several. */
const LENGTHS_MS = [300, 1900, 700, 2300, 50, 1100, 2050, 450];

const keeping = (name: string, more: Omit<StreamRule, 'match'>): StreamRule => ({
  match: { app: 'live', stream: name },
  timeShift: { enabled: true },
  ...more,
});
const object = '{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
/** As the built-in templates are made: the encoder looks ahead, and gives pictures when later ones come. */
const AHEAD = {
  ...{ name: 'ahead', latency: 'quality' as const },
  video: { shortSide: 90, bitrateKbps: 80, preset: 'veryfast' as const },
};
const STREAMS = [
  keeping('killed', { hls: { segmentSeconds: 2 }, record: { enabled: true, formats: [{ format: 'mp4', object }] } }),
  keeping('short', { hls: { segmentSeconds: 1 } }),
  keeping('long', { hls: { segmentSeconds: 4 } }),
  keeping('taken', { publish: { secondPublisher: 'takeover' } }),
  keeping('ghost', { publish: { ghostSeconds: 1 }, hls: { segmentSeconds: 1 } }),
  keeping('away', { publish: { waitSeconds: 1 }, hls: { segmentSeconds: 1 } }),
  keeping('made', {
    timeShift: { enabled: true, renditions: true },
    transcode: { templates: ['ahead'], lazy: false },
  }),
];

let home: Awaited<ReturnType<typeof tempDir>>;
let flv: MadeFlv;
let server: Headwater;

beforeAll(async () => {
  home = await tempDir('reconnects');
  flv = await makeFlv({ seconds: 12, gop: 15, size: '160x90' });
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN], streams: STREAMS, templates: [AHEAD] },
    env: {
      ...NO_DATABASE,
      HEADWATER_ARCHIVE_DIR: join(home.path, 'archive'),
      HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings'),
      HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0',
    },
  });
}, 120_000);
afterAll(async () => {
  await server?.stop('SIGKILL');
  await flv?.remove();
  await home?.remove();
});

async function publish(name: string): Promise<Publishing> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  return { publisher, playing: playForEver(publisher, flv.tags) };
}

/** As a crashed encoder's operating system does. */
async function drop({ publisher, playing }: Publishing): Promise<void> {
  await Promise.all([publisher.drop(), playing.stop()]);
}

/** Publishes again and again, and watches all the while. */
async function reconnecting(name: string, replace: (before: Publishing) => Promise<Publishing>) {
  const viewers = await watched(name);
  let publishing = viewers.publishing;
  for (let index = 0; index < RECONNECTS; index++) {
    await delay(LENGTHS_MS[index % LENGTHS_MS.length]);
    publishing = await replace(publishing);
  }
  const seen = viewers.flv.tags.length;
  await until(`${name} goes on`, () => viewers.flv.tags.length > seen + 150);
  await publishing.playing.stop();
  await publishing.publisher.unpublish();
  await until(`the playlist of ${name} ends`, () => viewers.hls.isEnded);
  return viewers;
}

async function watched(name: string) {
  const publishing = await publish(name);
  const flv = await FlvViewer.open(`${server.playback}/live/${name}.flv`);
  const hls = await HlsViewer.open(`${server.playback}/live/${name}.m3u8`);
  return { publishing, flv, hls };
}

async function archived(name: string) {
  const folder = join(home.path, 'archive');
  const log = createLogger({ level: 'silent' });
  const archive = new Archive({ folder, log, nowMs: () => 0, reserveBytes: 0 });
  const id = { domain: 'default', app: 'live', name };
  const segments = await archive.between(id, 0, 1e14);
  return { segments, timesMs: await pictureTimes(segments, (segment) => archive.bytes(id, segment)) };
}

/** Decoding times of all pictures, on the clock that FLV timestamps have, too. */
async function pictureTimes(
  segments: readonly ArchivedSegment[],
  bytesOf: (segment: ArchivedSegment) => Promise<Uint8Array>,
): Promise<number[]> {
  const times: number[] = [];
  for (const segment of segments) {
    const media = Buffer.concat([segment.slice.init, await bytesOf(segment)]);
    for (const { dts, track } of new FragmentReader().push(media)) {
      if (track.codec === 'h264') times.push(Math.round((dts * 1000) / track.timescale));
    }
  }
  return times;
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
const numbersOf = (segments: readonly { readonly number: number }[]) => segments.map(({ number }) => number);
const cutsOf = (segments: readonly { readonly number: number; readonly isDiscontinuity: boolean }[]) =>
  numbersOf(segments.filter(({ isDiscontinuity }) => isDiscontinuity));
const troubles = () => server.log().filter(({ message }) => String(message).includes('cannot be kept in the archive'));

/** No number is missing, none is twice, and the player was told where one picture does not follow from the other. */
function expectWhole(hls: HlsViewer, segments: readonly ArchivedSegment[]): void {
  expect(numbersOf(segments)).toEqual(range(segments[0]!.number, segments.length));
  expect(hls.failures).toEqual([]);
  expect(hls.statuses.every((status) => status === 200)).toBe(true);
  expect(hls.mediaSequences).toEqual(hls.mediaSequences.toSorted((a, b) => a - b));
  expect(numbersOf(hls.segments)).toEqual(range(hls.segments[0]!.number, hls.segments.length));
  const since = segments.filter(({ number }) => number >= hls.segments[0]!.number);
  expect(cutsOf(hls.segments)).toEqual(cutsOf(since));
  expect(hls.segments.at(-1)!.number).toBe(segments.at(-1)!.number);
}

describe('an encoder that comes back at once', () => {
  const dropped = async (name: string, before: Publishing) => {
    await drop(before);
    return publish(name);
  };
  it.concurrent.each([
    ['killed', 'with segments of 2 s', (before: Publishing) => dropped('killed', before)],
    ['short', 'with segments of 1 s', (before: Publishing) => dropped('short', before)],
    ['long', 'with segments of 4 s', (before: Publishing) => dropped('long', before)],
    [
      'taken',
      'and takes over',
      async (before: Publishing) => {
        const next = await publish('taken');
        await before.publisher.closed;
        await before.playing.stop();
        return next;
      },
    ],
    [
      'ghost',
      'in the place of its ghost',
      async (before: Publishing) => {
        await before.playing.stop();
        const next = await until('the ghost is replaced', () => publish('ghost').catch(() => undefined));
        await before.publisher.closed;
        return next;
      },
    ],
  ])('%s, %s: all is archived once, and viewers get every segment', { timeout: 120_000 }, async (name, _, replace) => {
    const { flv: seen, hls } = await reconnecting(name, replace);
    const sent = framesOf(seen.tags, 'video').map(({ timestampMs }) => timestampMs);
    const { segments, timesMs } = await until(`all of ${name} is archived`, async () => {
      const found = await archived(name);
      return found.segments.at(-1)?.number === hls.segments.at(-1)?.number ? found : undefined;
    });
    expect(timesMs.slice(-sent.length)).toEqual(sent);
    expect(cutsOf(segments).length).toBeGreaterThan(RECONNECTS / 2);
    expectWhole(hls, segments);
  });
});

it('a recording has all pictures, in one file', async () => {
  await cancelDelay(server, 'killed');
  type Recordings = { readonly recordings: readonly { readonly object: string }[] };
  const recordings = await until('it is made', async () => {
    const found = await server.api<Recordings>('/recordings?app=live&stream=killed');
    return found.recordings.length > 0 && found.recordings;
  });
  expect(recordings).toHaveLength(1);
  const file = join(home.path, 'recordings', recordings[0]!.object);
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts', '-of', 'csv=p=0', file];
  const pictures = (await runToEnd('ffprobe', args)).split('\n').filter((line) => line !== '');
  expect(pictures).toHaveLength((await archived('killed')).timesMs.length);
});

it('a stream that ended and begins anew leaves numbers out, and is archived', { timeout: 60_000 }, async () => {
  for (let time = 0; time < 3; time++) {
    const publishing = await publish('away');
    const viewer = await FlvViewer.open(`${server.playback}/live/away.flv`);
    await until('some seconds went by', () => viewer.tags.length > 150);
    await drop(publishing);
    await viewer.closed;
  }
  const segments = await until('all is archived', async () => {
    const found = (await archived('away')).segments;
    return found.filter(({ startDtsMs }) => startDtsMs < 100).length === 3 && found;
  });
  const steps = segments.slice(1).map(({ number }, index) => number - segments[index]!.number);
  expect([Math.min(...steps), steps.filter((step) => step > 1).length]).toEqual([1, 2]);
});

it('a rendition has what its encoder still held, whenever FFmpeg is killed', { timeout: 120_000 }, async () => {
  const picture = { gop: 30, size: '160x90', fps: 30 };
  let publisher = await publishTestPicture(server, 'live/made', picture);
  const hls = await HlsViewer.open(`${server.playback}/live/made_ahead.m3u8`);
  const flv = await FlvViewer.open(`${server.playback}/live/made_ahead.flv`);
  for (const awayMs of [0, 800, 1600, 2400]) {
    const seen = flv.tags.length;
    await until('some seconds went by', () => flv.tags.length > seen + 200);
    await publisher.stop('SIGKILL');
    await delay(awayMs);
    publisher = await publishTestPicture(server, 'live/made', picture);
  }
  const seen = flv.tags.length;
  await until('it goes on', () => flv.tags.length > seen + 200);
  await publisher.stop('SIGINT');
  await until('the playlist ends', () => hls.isEnded);
  const { segments, timesMs } = await until('all is archived', async () => {
    const found = await archived('made_ahead');
    return found.segments.at(-1)?.number === hls.segments.at(-1)?.number ? found : undefined;
  });
  const sent = framesOf(flv.tags, 'video').map(({ timestampMs }) => timestampMs);
  expect(sent.filter((timeMs) => !timesMs.includes(timeMs))).toEqual([]);
  expect(cutsOf(segments)).toHaveLength(4);
  expectWhole(hls, segments);
  expect(server.log().filter(({ message }) => message === 'a rendition is given up for a while')).toEqual([]);
});

it('nothing of it was trouble', async () => {
  expect(troubles()).toEqual([]);
  const metrics = await Scrape.of(`http://127.0.0.1:${server.controlPort}/metrics`);
  expect(metrics.sum('archive_segments_lost_total')).toBe(0);
});
