import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { videoSourceOf } from '../ingest/index.ts';
import {
  isKeyFrame,
  type Packet,
  presentationMs,
  Registry,
  type UnplacedPacket,
  type VideoTrack,
} from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { TEST_PLAN } from '../live/test-packets.ts';
import { createLogger } from '../log/index.ts';
import { decodeVideoTag, FlvReader } from '../protocol/flv/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import { Ladder } from './ladder.ts';
import type { LadderEvent } from './ladder-event.ts';

const template: TemplateRule = {
  name: 'small',
  video: { codec: 'h264', shortSide: 64, bitrateKbps: 3000, preset: 'ultrafast' },
  audio: { codec: 'none', bitrateKbps: 64 },
  latency: 'low',
  watermarks: [],
};
const setup = {
  secondPublisher: 'refuse',
  waitMs: 15_000,
  waitAfterUnpublish: false,
  ghostMs: 3000,
  idleMs: 10_000,
  cache: { maxBytes: 1e7, maxMs: 20_000 },
} as const;

type Picture = Extract<UnplacedPacket, { readonly kind: 'video' }>;

/** Four seconds with a key frame in each, as a publisher sends them. */
function encodedPictures(): Picture[] {
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10', '-t', '4', '-c:v', 'libx264'];
  const args = ['-v', 'error', ...input, '-preset', 'ultrafast', '-g', '10', '-bf', '2', '-f', 'flv', 'pipe:1'];
  const pictures: Picture[] = [];
  let track: VideoTrack | undefined;
  let source: ReturnType<typeof videoSourceOf> | undefined;
  for (const tag of new FlvReader().push(execFileSync('ffmpeg', args))) {
    const decoded = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    if (decoded?.kind === 'sequence-header') source = videoSourceOf(decoded.codec, decoded.config);
    if (decoded?.kind !== 'frame') continue;
    track ??= source?.trackAt(decoded.data);
    if (!track) throw new Error('a picture before its parameters');
    const { isKeyFrame, compositionTimeMs: compositionMs, data } = decoded;
    const dtsMs = tag.timestampMs;
    pictures.push({ kind: 'video', track, dtsMs, wallMs: 0, mediaTime: dtsMs * 90, compositionMs, isKeyFrame, data });
  }
  return pictures;
}

const opened: Ladder[] = [];
afterEach(() => {
  for (const ladder of opened.splice(0)) ladder.close();
});

/** A ladder over the real FFmpeg, in a time that stands still unless a test moves it. */
function setUp(plan = TEST_PLAN) {
  const clock = new TestClock();
  const registry = new Registry({
    clock,
    maxHeldRequests: 0,
    onReaderError: (error) => expect.unreachable(`${error}`),
  });
  const id = { domain: 'default', app: 'live', name: 'demo' };
  const published = registry.publish(id, { sessionId: 's', dismissed: () => undefined }, () => ({ ...setup, plan }));
  if (!published.ok) throw new Error(published.code);
  const { publication } = published;
  const { stream } = publication;
  const leaving = { isSo: false };
  const sent: number[] = [];
  stream.read({ packet: (packet) => sent.push(presentationMs(packet)) });
  const received: Packet[] = [];
  registry.listen({ renditionLive: (rendition) => rendition.read({ packet: (packet) => received.push(packet) }) });
  const events: LadderEvent[] = [];
  const measured: { videoKbps?: number } = {};
  const ladder = new Ladder({
    stream,
    registry,
    clock,
    log: createLogger({ level: 'error', destination: { write: () => undefined } }),
    command: ['ffmpeg'],
    encoders: { kind: 'software', available: new Set(['libx264']) },
    templates: [template],
    isLazy: () => false,
    measured: () => measured,
    viewersOf: () => 0,
    isLeaving: () => leaving.isSo,
    onEvent: (event) => events.push(event),
    onProcesses: () => undefined,
  });
  opened.push(ladder);
  const publish = (pictures: readonly Picture[], shiftMs: number) => {
    const [first] = pictures;
    if (first) stream.setTracks({ video: first.track });
    for (const picture of pictures) {
      const dtsMs = picture.dtsMs + shiftMs;
      stream.publish({ ...picture, dtsMs, mediaTime: dtsMs * 90 });
    }
  };
  return { clock, ladder, events, measured, publication, publish, sent, received, leaving };
}

describe('Ladder', () => {
  it('gives all that came where its source goes and the server is about to stop', async () => {
    const { ladder, publication, publish, sent, received, leaving } = setUp();
    leaving.isSo = true;
    publish(encodedPictures(), 0);
    const whole = vi.fn();
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(0), 10_000);
    ladder.rungs[0]?.rendition?.stream?.read({ packet: () => undefined, whole });
    publication.lost();
    await vi.waitFor(() => expect(whole).toHaveBeenCalledOnce(), 10_000);
    expect(received.map(presentationMs)).toEqual(sent.toSorted((a, b) => a - b));
    expect(ladder.pids).toEqual([]);
  });

  it('goes on after 50 days, which is more than FFmpeg can count', async () => {
    const { events, publish, sent, received } = setUp();
    const pictures = encodedPictures();
    const days = [0, 12.5, 25, 37.5, 50];
    for (const day of days) {
      publish(pictures, day * 86_400_000);
      const keyFrames = sent.length - 10;
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(keyFrames), 10_000);
    }
    const times = received.map(presentationMs);
    expect(times).toEqual(sent.toSorted((a, b) => a - b).slice(0, times.length));
    expect(Math.max(...times)).toBeGreaterThan(2 ** 32);
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'started').length).toBe(days.length);
  });

  it('has every picture once when a plan is replaced, though what replaces it has other parameters', async () => {
    const { clock, ladder, measured, publish, sent, received } = setUp({ ...TEST_PLAN, segmentMs: 16_000 });
    const pictures = encodedPictures();
    const lastKeyFrame = () =>
      vi.waitFor(() => expect(received.map(presentationMs)).toContain(sent.at(-10)), { timeout: 10_000 });
    publish(pictures, 0);
    publish(pictures.slice(0, 10), 4000);
    await lastKeyFrame();
    measured.videoKbps = 100;
    clock.advance(1000);
    expect(ladder.pids.length).toBe(2);
    const group = pictures.slice(0, 10);
    // Most of their key frames are within a segment.
    let nextMs = 5000;
    const oneMore = () => {
      publish(group, nextMs);
      nextMs += 1000;
      expect(ladder.pids.length).toBe(1);
    };
    await vi.waitFor(oneMore, { timeout: 10_000 });
    await lastKeyFrame();
    const times = received.map(presentationMs);
    expect(times).toEqual(sent.toSorted((a, b) => a - b).slice(0, times.length));
    const tracks = new Set(received.map((packet) => (packet.kind === 'video' ? packet.track : undefined)));
    expect(tracks.size).toBe(2);
    expect(new Set(received.filter(isKeyFrame).map(presentationMs))).toEqual(
      new Set(times.filter((time) => (time - (times[0] ?? 0)) % 1000 === 0)),
    );
  });
});
