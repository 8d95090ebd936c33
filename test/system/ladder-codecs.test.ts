import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMetadata, type FlvTag } from '../../src/protocol/flv/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { type Headwater, until } from '../support/index.ts';
import { pictureTimes, transcodingServer } from '../support/ladder.ts';
import {
  capturePath,
  FlvViewer,
  HlsViewer,
  isKeyFrameTag,
  type MadeFlv,
  makeFlv,
  probe,
  RtmpPublisher,
  readFlv,
} from '../support/peers.ts';

const TEMPLATES: NonNullable<RulesInput['templates']> = [
  { name: 'small', video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' } },
  { name: 'hevc', video: { codec: 'h265', shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' } },
  { name: 'av1', video: { codec: 'av1', shortSide: 64, bitrateKbps: 50 } },
  { name: 'sound', video: 'none', audio: { codec: 'aac', bitrateKbps: 32, channels: 1 } },
  { name: 'same', video: { codec: 'copy' }, audio: { codec: 'none' } },
  { name: 'both', video: { shortSide: 90, preset: 'ultrafast' }, audio: { codec: 'aac', bitrateKbps: 32 } },
  { name: 'fine', video: { shortSide: 90, preset: 'ultrafast' }, latency: 'quality' },
];

let server: Headwater;
let source: MadeFlv;
let portrait: MadeFlv;

beforeAll(async () => {
  const picture = { seconds: 6, gop: 15, fps: 15, bitrate: '100k' } as const;
  source = await makeFlv({ ...picture, size: '320x180' });
  portrait = await makeFlv({ ...picture, size: '180x320' });
  const always = { hls: { always: true }, delivery: { holdSeconds: 20 }, publish: { waitSeconds: 0 } };
  const rule = (stream: string, templates: string[]) => ({
    match: { stream },
    ...always,
    transcode: { templates, lazy: false },
  });
  server = await transcodingServer(
    [
      rule('codecs', ['hevc', 'av1', 'sound', 'same', 'both', 'fine']),
      rule('enhanced*', ['small']),
      rule('turns', ['small']),
    ],
    { templates: TEMPLATES },
  );
});

afterAll(async () => {
  await server?.stop();
  await source?.remove();
  await portrait?.remove();
});

/** Publishes tags in real time, and gives them to the viewers while they come. */
async function publishing<T>(name: string, tags: readonly FlvTag[], watch: () => Promise<T>): Promise<T> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = publisher.play(tags, { speed: 1 });
  const watched = await watch();
  await playing;
  await publisher.unpublish();
  return watched;
}

const hlsOf = (name: string) => HlsViewer.open(`${server.playback}/live/${name}.m3u8`);
const described = async (viewer: HlsViewer) =>
  (await probe(viewer.fileFrom(), 'mp4'))
    .map(({ codec_type, codec_name, width }) => `${codec_type} ${codec_name}${width ? ` ${width}` : ''}`)
    .toSorted();

describe('what renditions are made of', () => {
  it('H.265, AV1, sound alone, pictures alone, AAC anew, and with look-ahead', async () => {
    const names = ['hevc', 'av1', 'sound', 'same', 'both', 'fine'] as const;
    const opening = FlvViewer.open(`${server.playback}/live/codecs.flv`);
    const viewers = await publishing('codecs', [...source.tags, ...later(source.tags, 6100)], async () => {
      const opened = await Promise.all(names.map((name) => hlsOf(`codecs_${name}`)));
      await until('every rendition has segments', () => opened.every(({ segments }) => segments.length >= 2), 60_000);
      return opened;
    });
    const seen = await Promise.all(viewers.map(async (viewer) => described(viewer)));
    expect(Object.fromEntries(names.map((name, index) => [name, seen[index]]))).toEqual({
      hevc: ['audio aac', 'video hevc 160'],
      av1: ['audio aac', 'video av1 114'],
      sound: ['audio aac'],
      same: ['video h264 320'],
      both: ['audio aac', 'video h264 160'],
      fine: ['audio aac', 'video h264 160'],
    });
    const keys = new Set(pictureTimes((await opening).tags, true).map((time) => time * 90));
    const cuts = viewers.filter((_, index) => names[index] !== 'sound').map(({ segments }) => segments);
    expect(keys.size).toBeGreaterThan(8);
    const wallOf = new Map(cuts[3]?.map((segment) => [segment.number, segment.programDateTimeMs]));
    for (const segments of cuts) {
      for (const { number, programDateTimeMs } of segments) {
        if (wallOf.has(number)) expect([number, programDateTimeMs]).toEqual([number, wallOf.get(number)]);
      }
    }
    for (const viewer of viewers) await viewer.close();
  });

  it.each(['enhanced-hevc', 'enhanced-av1', 'enhanced-vp9opus'])('a source of %s gives H.264', async (name) => {
    const capture = await readFlv(capturePath(`${name}.flv`));
    const lengthMs = (capture.at(-1)?.timestampMs ?? 0) + 40;
    const tags = [0, 1, 2, 3, 4, 5].flatMap((turn) => later(capture, turn * lengthMs));
    const [original, rendition] = await publishing(name, tags, async () => {
      const opened = await Promise.all(
        [name, `${name}_small`].map((each) => FlvViewer.open(`${server.playback}/live/${each}.flv`)),
      );
      await until('the rendition has pictures', () => pictureTimes(opened[1]?.tags ?? []).length > 20, 40_000);
      return opened;
    });
    const keys = new Set(pictureTimes(original?.tags ?? [], true));
    const ofRendition = pictureTimes(rendition?.tags ?? [], true);
    expect(ofRendition.length).toBeGreaterThan(0);
    expect(ofRendition.filter((time) => !keys.has(time))).toEqual([]);
  });
});

describe('a source that turns', () => {
  it('keeps its renditions, turned too, at the same picture', async () => {
    const tags = [...source.tags, ...later(portrait.tags, 6100)];
    const [original, rendition] = await publishing('turns', tags, () =>
      Promise.all(['turns', 'turns_small'].map((name) => FlvViewer.open(`${server.playback}/live/${name}.flv`))),
    );
    await Promise.all([original?.closed, rendition?.closed]);
    const keys = pictureTimes(original?.tags ?? [], true);
    const ofRendition = pictureTimes(rendition?.tags ?? [], true);
    expect(ofRendition).toEqual(keys.filter((time) => time >= (ofRendition[0] ?? 0)).slice(0, ofRendition.length));
    expect(ofRendition.length).toBeGreaterThan(9);
    const sizes = sizesOf(rendition?.tags ?? []);
    expect(sizes).toEqual(['160x90', '90x160']);
    expect(rendition?.tags.some(isKeyFrameTag)).toBe(true);
  });
});

/** Every size that the sequence headers of an H.264 stream name, in turn. */
function sizesOf(tags: readonly FlvTag[]): string[] {
  const sizes = tags.flatMap((tag) => {
    const decoded = tag.type === 'script' ? decodeMetadata(tag.payload) : undefined;
    return decoded?.width && decoded.height ? [`${decoded.width}x${decoded.height}`] : [];
  });
  return sizes.filter((size, index) => size !== sizes[index - 1]);
}

function later(tags: readonly FlvTag[], ms: number): FlvTag[] {
  return tags
    .filter((tag) => tag.type !== 'video' || tag.payload.length > 5)
    .map((tag) => ({ ...tag, timestampMs: tag.timestampMs + ms }));
}
