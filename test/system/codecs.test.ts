import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAudioTag, decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, until } from '../support/index.ts';
import {
  capturePath,
  counted,
  FlvViewer,
  flvFile,
  framesOf,
  type HlsViewer,
  isKeyFrameTag,
  isSequenceHeader,
  type MadeFlv,
  makeFlv,
  openServer,
  pictureHashes,
  probe,
  pushThrough,
  RtmpPublisher,
  readFlv,
} from '../support/peers.ts';

let server: Headwater;
let picture: MadeFlv;
const made: MadeFlv[] = [];

beforeAll(async () => {
  picture = await make({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer([
    { match: {}, publish: { waitSeconds: 0 }, delivery: { holdSeconds: 20 }, hls: { always: true } },
  ]);
});

afterAll(async () => {
  await server?.stop();
  for (const file of made) await file.remove();
});

async function make(...args: Parameters<typeof makeFlv>): Promise<MadeFlv> {
  const file = await makeFlv(...args);
  made.push(file);
  return file;
}

const typesOf = async (viewer: HlsViewer, format: 'mp4' | 'ts') =>
  (await probe(viewer.fileFrom(), format)).map((stream) => `${stream.codec_type} ${stream.codec_name}`).toSorted();

const headers = (tags: readonly FlvTag[], type: 'audio' | 'video') =>
  tags
    .filter((tag) => tag.type === type && isSequenceHeader(tag))
    .map((tag) => Buffer.from(tag.payload).toString('hex'));

/** The tags of one file after those of another, as an encoder sends that changes its settings. */
function inTurn(first: readonly FlvTag[], second: readonly FlvTag[]): FlvTag[] {
  const lastMs = Math.max(...first.map((tag) => tag.timestampMs));
  const moved = second.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + lastMs + 40 }));
  return [...withoutEnd(first), ...moved];
}

/** FFmpeg closes a file with an end of sequence, which an encoder that goes on does not send. */
function withoutEnd(tags: readonly FlvTag[]): FlvTag[] {
  return tags.filter((tag) => tag.type !== 'video' || tag.payload.length > 5);
}

describe('B15 B-frames', () => {
  it('come out of every door picture by picture as they went in', { timeout: 120_000 }, async () => {
    const source = await make({ seconds: 5, gop: 30, bFrames: 3, size: '160x90', bitrate: '200k' });
    const offsets = framesOf(source.tags, 'video').map((tag) => decodeVideoTag(tag.payload));
    expect(offsets.some((frame) => frame.kind === 'frame' && frame.compositionTimeMs > 34)).toBe(true);
    const expected = await pictureHashes(flvFile(source.tags), 'flv');
    expect(expected.length).toBe(150);
    const doors = ['rtmp', 'hls', 'll-hls', 'ts'] as const;
    const { flv, rtmp, hls, llHls, ts } = await pushThrough(server, source.tags, { path: 'live/bframes', doors });
    expect(await pictureHashes(flvFile(flv.tags), 'flv')).toEqual(expected);
    expect(await pictureHashes(flvFile(rtmp.tags), 'flv')).toEqual(expected);
    expect(await pictureHashes(hls.fileFrom(), 'mp4')).toEqual(expected);
    expect(await pictureHashes(llHls.fileFrom(), 'mp4')).toEqual(expected);
    expect(await pictureHashes(ts.fileFrom(), 'ts')).toEqual(expected);
  });
});

describe('which tracks there are', () => {
  it('B16 audio alone plays in HLS of all forms', async () => {
    const source = await make({ seconds: 5, video: false });
    const doors = ['hls', 'll-hls', 'ts'] as const;
    const { flv, hls, llHls, ts } = await pushThrough(server, source.tags, { path: 'live/audio', doors });
    expect(framesOf(flv.tags, 'audio')).toHaveLength(framesOf(source.tags, 'audio').length);
    expect(flv.reader.header).toMatchObject({ hasAudio: true, hasVideo: false });
    expect(await typesOf(hls, 'mp4')).toEqual(['audio aac']);
    expect(await typesOf(llHls, 'mp4')).toEqual(['audio aac']);
    expect(llHls.parts.size).toBeGreaterThan(5);
    expect(await typesOf(ts, 'ts')).toEqual(['audio aac']);
    expect([hls.codecs, ts.codecs]).toEqual([['mp4a.40.2'], ['mp4a.40.2']]);
  });

  it('B17 video alone has no audio track anywhere', async () => {
    const source = await make({ seconds: 5, gop: 30, audio: false, size: '160x90', bitrate: '100k' });
    const doors = ['rtmp', 'hls', 'ts'] as const;
    const { flv, rtmp, hls, ts } = await pushThrough(server, source.tags, { path: 'live/video', doors });
    expect(framesOf(flv.tags, 'video')).toHaveLength(150);
    expect(flv.reader.header).toMatchObject({ hasAudio: false, hasVideo: true });
    for (const { tags } of [flv, rtmp]) expect(tags.some((tag) => tag.type === 'audio')).toBe(false);
    expect(await typesOf(hls, 'mp4')).toEqual(['video h264']);
    expect(await typesOf(ts, 'ts')).toEqual(['video h264']);
    expect(hls.codecs).toHaveLength(1);
  });

  it.each([
    ['by metadata', 'promise', () => false],
    ['by its header', 'header', isSequenceHeader],
  ])('B18 a promised audio track that never comes holds nothing up: %s', async (_by, name, isSent) => {
    const silent = picture.tags.filter((tag) => tag.type !== 'audio' || isSent(tag));
    const { flv, hls } = await pushThrough(server, silent, { path: `live/${name}`, doors: ['hls'] });
    expect(framesOf(flv.tags, 'video')).toHaveLength(framesOf(silent, 'video').length);
    expect(flv.reader.header).toMatchObject({ hasAudio: false, hasVideo: true });
    expect(await typesOf(hls, 'mp4')).toEqual(['video h264']);
  });
});

describe('parameters that change in mid-stream', () => {
  it('B19 a new AAC configuration: new header, new init segment, discontinuity', async () => {
    const second = await make({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' }, ['-ac', '1', '-ar', '32000']);
    const tags = inTurn(picture.tags, second.tags);
    const { flv, hls, ts } = await pushThrough(server, tags, { path: 'live/aac', doors: ['hls', 'ts'] });
    expect(new Set(headers(flv.tags, 'audio')).size).toBe(2);
    expectChange(hls);
    expect(ts.segments.filter((segment) => segment.isDiscontinuity)).toHaveLength(1);
    expect(framesOf(flv.tags, 'video')).toHaveLength(framesOf(tags, 'video').length);
  });

  it('B20 a new picture size: new header, new init segment, discontinuity, and no stale header for who joins', async () => {
    const second = await make({ seconds: 4, gop: 30, size: '90x160', bitrate: '100k' });
    const tags = inTurn(picture.tags, second.tags);
    const { flv, hls, ts } = await pushThrough(server, tags, { path: 'live/turn', doors: ['hls', 'ts'] });
    expect(new Set(headers(flv.tags, 'video')).size).toBe(2);
    expectChange(hls);
    const turned = hls.segments.findIndex((segment) => segment.isDiscontinuity);
    expect((await probe(hls.fileFrom(turned), 'mp4')).find((stream) => stream.codec_type === 'video')?.width).toBe(90);
    expect((await probe(ts.fileFrom(turned), 'ts')).find((stream) => stream.codec_type === 'video')?.width).toBe(90);
    const expected = await pictureHashes(flvFile(second.tags), 'flv');
    expect(await pictureHashes(hls.fileFrom(turned), 'mp4')).toEqual(expected);
  });

  it('B20 who joins after the turn gets the new header alone', async () => {
    const second = await make({ seconds: 2, gop: 30, size: '90x160', bitrate: '100k' });
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/joiner' });
    await publisher.play(inTurn(picture.tags, second.tags), { speed: 8 });
    const viewer = await FlvViewer.open(`${server.playback}/live/joiner.flv`);
    await until('headers come', () => headers(viewer.tags, 'video').length > 0);
    await publisher.unpublish();
    await viewer.closed;
    expect(new Set(headers(viewer.tags, 'video'))).toEqual(new Set(headers(second.tags, 'video')));
  });
});

/** One discontinuity, with another init segment after it. */
function expectChange(viewer: HlsViewer): void {
  expect(viewer.segments.filter((segment) => segment.isDiscontinuity)).toHaveLength(1);
  const at = viewer.segments.findIndex((segment) => segment.isDiscontinuity);
  expect(viewer.segments[at]?.mapUrl).not.toBe(viewer.segments[at - 1]?.mapUrl);
}

describe('B21 audio before its header', () => {
  it('is left out, and what follows plays', async () => {
    const header = picture.tags.find((tag) => tag.type === 'audio' && isSequenceHeader(tag));
    const others = picture.tags.filter((tag) => tag !== header);
    const at = others.findIndex((tag) => tag.timestampMs > 900);
    const tags = [...others.slice(0, at), { ...header, timestampMs: 900 } as FlvTag, ...others.slice(at)];
    const { flv } = await pushThrough(server, tags, { path: 'live/late-header', speed: 2 });
    expect(framesOf(flv.tags, 'video')).toHaveLength(framesOf(tags, 'video').length);
    const audio = framesOf(flv.tags, 'audio').length;
    expect(audio).toBeGreaterThan(100);
    expect(audio).toBeLessThan(framesOf(tags, 'audio').length);
  });

  it.each([
    ['of sample rate 0', Uint8Array.of(0x17, 0x80, 0, 0, 0)],
    ['cut off', Uint8Array.of(0x12)],
    ['empty', new Uint8Array(0)],
  ])('and a configuration %s is refused while video plays', async (_name, config) => {
    const tags = picture.tags.map((tag) =>
      tag.type === 'audio' && isSequenceHeader(tag) ? { ...tag, payload: Buffer.from([0xaf, 0, ...config]) } : tag,
    );
    const { flv } = await pushThrough(server, tags, { path: 'live/bad-header', speed: 4 });
    expect(framesOf(flv.tags, 'video')).toHaveLength(framesOf(tags, 'video').length);
    expect(flv.tags.some((tag) => tag.type === 'audio')).toBe(false);
  });
});

describe('B22 Enhanced RTMP', () => {
  it.each([
    ['HEVC', 'enhanced-hevc.flv', ['audio aac', 'video hevc'], 'hvc1', 'mp4a.40.2'],
    ['AV1', 'enhanced-av1.flv', ['audio aac', 'video av1'], 'av01', 'mp4a.40.2'],
    ['VP9 and Opus', 'enhanced-vp9opus.flv', ['audio opus', 'video vp9'], 'vp09', 'opus'],
    ['H.264 and Opus', 'enhanced-h264opus.flv', ['audio opus', 'video h264'], 'avc1', 'opus'],
  ])('%s', async (_name, file, types, video, audio) => {
    const tags = await readFlv(capturePath(file));
    const path = `live/${file.slice(0, -4)}`;
    const { flv, rtmp, hls } = await pushThrough(server, tags, { path, doors: ['rtmp', 'hls'] });
    expect(await typesOf(hls, 'mp4')).toEqual(types);
    expect(hls.codecs.map((codec) => codec.split('.')[0])).toEqual([video, audio.split('.')[0]]);
    const wanted = videoFrames(tags);
    for (const viewer of [flv, rtmp]) {
      const got = videoFrames(viewer.tags);
      expect(got.length).toBe(wanted.length);
      expect(new Set(got)).toEqual(new Set(wanted));
      const enhanced = viewer.tags.find((tag) => tag.type === 'video');
      if (video !== 'avc1') expect(Buffer.from(enhanced?.payload.subarray(1, 5) ?? []).toString()).toBe(video);
      const sound = viewer.tags.find((tag) => tag.type === 'audio');
      expect(decodeAudioTag(sound?.payload ?? new Uint8Array(0))).toMatchObject({
        codec: audio === 'opus' ? 'opus' : 'aac',
      });
    }
  });

  it('the first track of several is kept, the others are counted', async () => {
    const tags = (await readFlv(capturePath('enhanced-hevc.flv'))).map((tag) =>
      tag.type === 'video' ? { ...tag, payload: asMultitrack(tag.payload) } : tag,
    );
    const { flv, hls } = await pushThrough(server, tags, { path: 'live/tracks', doors: ['hls'] });
    expect(await typesOf(hls, 'mp4')).toEqual(['audio aac', 'video hevc']);
    expect(framesOf(flv.tags, 'video').length).toBeGreaterThanOrEqual(76);
    expect(await counted(server, 'headwater_ingest_mended_total{what="other_track"}')).toBeGreaterThanOrEqual(76);
  });

  it('HEVC under the old codec id 12 comes out enhanced, in MPEG-TS too', async () => {
    const tags = (await readFlv(capturePath('enhanced-hevc.flv'))).flatMap((tag) =>
      tag.type === 'video' ? asCodecId12(tag) : [tag],
    );
    const { flv, hls, ts } = await pushThrough(server, tags, { path: 'live/id12', doors: ['hls', 'ts'] });
    expect(await typesOf(hls, 'mp4')).toEqual(['audio aac', 'video hevc']);
    expect(await typesOf(ts, 'ts')).toEqual(['audio aac', 'video hevc']);
    const first = flv.tags.find((tag) => tag.type === 'video');
    expect(Buffer.from(first?.payload.subarray(1, 5) ?? []).toString()).toBe('hvc1');
    expect(flv.tags.some(isKeyFrameTag)).toBe(true);
  });
});

function videoFrames(tags: readonly FlvTag[]): string[] {
  return tags.flatMap((tag) => {
    if (tag.type !== 'video') return [];
    const decoded = decodeVideoTag(tag.payload);
    return decoded.kind === 'frame' ? [Buffer.from(decoded.data).toString('base64').slice(-200)] : [];
  });
}

/** An enhanced tag as a multitrack packet with this as its first track and another behind it (Enhanced RTMP v2). */
function asMultitrack(payload: Uint8Array): Uint8Array {
  const first = payload[0] ?? 0;
  const packetType = first & 0x0f;
  const body = payload.subarray(5);
  const fourCc = payload.subarray(1, 5);
  const size = (bytes: Uint8Array) => [bytes.length >>> 16, (bytes.length >>> 8) & 255, bytes.length & 255];
  const track = (id: number) => [id, ...size(body), ...body];
  return Uint8Array.of((first & 0xf0) | 6, 0x10 | packetType, ...fourCc, ...track(0), ...track(1));
}

function asCodecId12(tag: FlvTag): FlvTag[] {
  const decoded = decodeVideoTag(tag.payload);
  if (decoded.kind === 'sequence-header') {
    return [{ ...tag, payload: Uint8Array.of(0x1c, 0, 0, 0, 0, ...decoded.config) }];
  }
  if (decoded.kind !== 'frame') return [];
  const time = decoded.compositionTimeMs;
  const head = [(decoded.isKeyFrame ? 0x10 : 0x20) | 12, 1, (time >> 16) & 255, (time >> 8) & 255, time & 255];
  return [{ ...tag, payload: Uint8Array.of(...head, ...decoded.data) }];
}
