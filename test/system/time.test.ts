import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import {
  FlvViewer,
  framesOf,
  HlsViewer,
  isKeyFrameTag,
  type MadeFlv,
  makeFlv,
  openServer,
  type Pushed,
  playForEver,
  probe,
  pushThrough,
  RtmpPlayer,
  RtmpPublisher,
} from '../support/peers.ts';

let server: Headwater;
let picture: MadeFlv;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer([
    { match: {}, publish: { waitSeconds: 0 }, delivery: { holdSeconds: 20 }, hls: { always: true } },
  ]);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  await server?.stop();
  await picture?.remove();
});

const times = (tags: readonly FlvTag[], type: 'audio' | 'video') => framesOf(tags, type).map((tag) => tag.timestampMs);
const steps = (list: readonly number[]) => list.slice(1).map((time, index) => time - (list[index] ?? 0));

/** All frames came, in stream time that goes on as the encoder's did; sound begins with the first key frame. */
function expectSameSteps({ flv }: Pushed): void {
  expect(steps(times(flv.tags, 'video'))).toEqual(steps(times(picture.tags, 'video')));
  const audio = steps(times(flv.tags, 'audio'));
  const sent = steps(times(picture.tags, 'audio'));
  expect(sent.length - audio.length).toBeLessThanOrEqual(2);
  expect(audio).toEqual(sent.slice(-audio.length));
  expect(times(flv.tags, 'video')[0]).toBeLessThan(1000);
}

function expectGoingOn(tags: readonly FlvTag[]): void {
  for (const type of ['video', 'audio'] as const) {
    for (const step of steps(times(tags, type))) {
      expect(step).toBeGreaterThanOrEqual(0);
      expect(step).toBeLessThan(1500);
    }
  }
}

const shifted = (shiftMs: number) => (tag: FlvTag) => tag.timestampMs + shiftMs;
const BEFORE_24_BIT_WRAP = 0xfffff0 - 1000;
const BEFORE_32_BIT_WRAP = 2 ** 32 - 1000;

describe('B8 timestamps cross 24 bits', () => {
  it.each([
    ['with the extended timestamp in type 3 chunks', 'repeated'],
    ['without it', 'once'],
  ] as const)('%s', async (_name, extendedTimestamps) => {
    const habits = { chunkSize: 128, extendedTimestamps };
    const timestampOf = shifted(BEFORE_24_BIT_WRAP);
    expectSameSteps(await pushThrough(server, picture.tags, { path: 'live/wrap24', habits, timestampOf, speed: 2 }));
  });

  it('from an encoder that counts in 24 bits', async () => {
    const timestampOf = (tag: FlvTag) => (tag.timestampMs + BEFORE_24_BIT_WRAP) % 2 ** 24;
    expectSameSteps(await pushThrough(server, picture.tags, { path: 'live/wrap24', timestampOf, speed: 2 }));
  });
});

describe('B9 timestamps cross 32 bits', () => {
  it.each(['repeated', 'once'] as const)('on all outputs, extended timestamps %s', async (extendedTimestamps) => {
    const pushed = await pushThrough(server, picture.tags, {
      path: `live/wrap32-${extendedTimestamps}`,
      habits: { chunkSize: 128, extendedTimestamps },
      timestampOf: shifted(BEFORE_32_BIT_WRAP),
      doors: ['rtmp', 'hls', 'll-hls', 'ts'],
    });
    expectSameSteps(pushed);
    expect(times(pushed.rtmp.tags, 'video')).toEqual(times(pushed.flv.tags, 'video'));
    for (const viewer of [pushed.hls, pushed.llHls, pushed.ts]) {
      expect(viewer.segments.map((segment) => segment.isDiscontinuity)).not.toContain(true);
      const lengths = viewer.segments.map((segment) => segment.durationSeconds);
      expect(lengths.reduce((sum, length) => sum + length)).toBeCloseTo(4, 0);
      expect(Math.min(...lengths)).toBeGreaterThan(0);
    }
    expect(await probe(pushed.ts.fileFrom(), 'ts')).toHaveLength(2);
  });
});

describe('B10 timestamps jump', () => {
  const frame = (index: number) => framesOf(picture.tags, 'video')[index];

  it('a single frame hours away is put back in its place', async () => {
    const outlier = frame(40);
    const timestampOf = (tag: FlvTag) => tag.timestampMs + (tag === outlier ? 7_200_000 : 0);
    const { flv, hls } = await pushThrough(server, picture.tags, {
      path: 'live/outlier',
      timestampOf,
      doors: ['hls'],
    });
    expect(times(flv.tags, 'video')).toHaveLength(times(picture.tags, 'video').length);
    expectGoingOn(flv.tags);
    expect(hls.segments.map((segment) => segment.isDiscontinuity)).not.toContain(true);
  });

  it.each([
    ['forward by an hour', 3_600_000],
    ['back by an hour', -3_600_000],
  ])('for good, %s: a discontinuity, and times go on', async (_name, jumpMs) => {
    const at = frame(60)?.timestampMs ?? 0;
    const timestampOf = (tag: FlvTag) => 4_000_000 + tag.timestampMs + (tag.timestampMs >= at ? jumpMs : 0);
    const { flv, hls } = await pushThrough(server, picture.tags, {
      path: `live/jump${jumpMs}`,
      timestampOf,
      doors: ['hls'],
    });
    expect(times(flv.tags, 'video')).toHaveLength(times(picture.tags, 'video').length);
    expectGoingOn(flv.tags);
    expect(hls.segments.filter((segment) => segment.isDiscontinuity)).toHaveLength(1);
  });

  it('audio and video on two bases play side by side', async () => {
    const timestampOf = (tag: FlvTag) => tag.timestampMs + (tag.type === 'audio' ? 1_000_000_000 : 0);
    const { flv } = await pushThrough(server, picture.tags, { path: 'live/bases', timestampOf });
    expectGoingOn(flv.tags);
    const last = (type: 'audio' | 'video') => times(flv.tags, type).at(-1) ?? 0;
    expect(Math.abs(last('audio') - last('video'))).toBeLessThan(500);
  });
});

it('B12 EXT-X-PROGRAM-DATE-TIME goes forward and is the wall clock', async () => {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/clock' });
  cleanups.push(() => publisher.drop());
  const startedMs = Date.now();
  const loop = playForEver(publisher, picture.tags, { startMs: 3_000_000_000 });
  cleanups.push(() => loop.stop());
  const viewer = await HlsViewer.open(`${server.playback}/live/clock.m3u8`);
  cleanups.push(() => viewer.close());
  await until('three segments are there', () => viewer.segments.length >= 3);
  let expectedMs = viewer.segments[0]?.programDateTimeMs ?? 0;
  expect(expectedMs).toBeGreaterThan(startedMs - 1000);
  expect(expectedMs).toBeLessThan(Date.now() - (viewer.segments[0]?.durationSeconds ?? 0) * 1000 + 1000);
  console.log(`the first date is ${expectedMs - startedMs} ms behind the first packet`);
  for (const { programDateTimeMs = 0, durationSeconds } of viewer.segments) {
    expect(Math.abs(programDateTimeMs - expectedMs)).toBeLessThan(1000);
    expectedMs += durationSeconds * 1000;
  }
  const [first, second, third] = viewer.segments.map((segment) => segment.programDateTimeMs ?? 0);
  expect([first, second, third]).toEqual([first, second, third].toSorted((a = 0, b = 0) => a - b));
});

it.each([
  ['hours ahead', 0x7fffff],
  ['hours behind', -0x7fffff],
])('B14 a composition time %s is bounded', async (_name, compositionMs) => {
  const absurd = picture.tags.map((tag) => {
    if (!isKeyFrameTag(tag)) return tag;
    const payload = Uint8Array.from(tag.payload);
    payload.set([compositionMs >> 16, compositionMs >> 8, compositionMs], 2);
    return { ...tag, payload };
  });
  const { flv, hls } = await pushThrough(server, absurd, { path: 'live/absurd', speed: 2, doors: ['hls'] });
  const frames = framesOf(flv.tags, 'video').map((tag) => decodeVideoTag(tag.payload));
  for (const decoded of frames) {
    expect(decoded.kind).toBe('frame');
    if (decoded.kind === 'frame') expect(Math.abs(decoded.compositionTimeMs)).toBeLessThanOrEqual(5000);
  }
  for (const segment of hls.segments) {
    expect(segment.durationSeconds).toBeGreaterThan(0);
    expect(segment.durationSeconds).toBeLessThan(10);
  }
});

it('what began before the wrap is there after it for those who join later', async () => {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/later' });
  cleanups.push(() => publisher.drop());
  const loop = playForEver(publisher, picture.tags, { startMs: BEFORE_32_BIT_WRAP });
  cleanups.push(() => loop.stop());
  await untilLive(server, 'live/later');
  await delay(3000);
  const flv = await FlvViewer.open(`${server.playback}/live/later.flv`);
  cleanups.push(() => flv.close());
  const rtmp = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/later' });
  cleanups.push(() => rtmp.close());
  await until('both play', () => framesOf(flv.tags, 'video').length > 20 && framesOf(rtmp.tags, 'video').length > 20);
  expectGoingOn(flv.tags);
  expectGoingOn(rtmp.tags);
});
