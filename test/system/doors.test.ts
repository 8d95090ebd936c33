import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Child,
  type Headwater,
  publishTestPicture,
  runToEnd,
  start,
  startHeadwater,
  testPictureArgs,
  untilLive,
} from '../support/index.ts';

let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadwater({ env: { HEADWATER_RTMP_HOST: '::', HEADWATER_PLAYBACK_HOST: '::' } });
  publisher = await publishTestPicture(server, 'live/demo', { bFrames: 2 });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
});

type Probe = { streams: { codec_name: string; width?: number; sample_rate?: string }[] };

const DOORS: readonly (readonly [door: string, url: () => string])[] = [
  ['HTTP-FLV', () => `${server.playback}/live/demo.flv`],
  ['LL-HLS', () => `${server.playback}/live/demo.m3u8`],
  ['HLS in MPEG-TS', () => `${server.playback}/live/demo.m3u8?container=ts`],
  ['RTMP', () => `${server.rtmp}/live/demo`],
];

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const overIpv6 = (url: string) => url.replace('127.0.0.1', '[::1]');

async function expectBothTracks(url: string): Promise<void> {
  const { streams } = JSON.parse(
    await runToEnd('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', url]),
  ) as Probe;
  expect(streams).toHaveLength(2);
  expect(streams.find((stream) => stream.codec_name === 'h264')?.width).toBe(320);
  expect(streams.find((stream) => stream.codec_name === 'aac')?.sample_rate).toBe('48000');
}

describe('every door plays what FFmpeg pushes', () => {
  it.each(DOORS)('%s', async (_door, url) => expectBothTracks(url()));

  it.runIf(hasIpv6).each(DOORS)('%s over IPv6', async (_door, url) => expectBothTracks(overIpv6(url())));
});

describe('a push over IPv6', () => {
  it.runIf(hasIpv6)('plays, and its publisher has an address of IPv6', async () => {
    const url = overIpv6(server.pushUrl('live/six'));
    const six = start('ffmpeg', [...testPictureArgs(), '-f', 'flv', url]);
    try {
      await untilLive(server, 'live/six', six);
      type Streams = { streams: { name: string; publisher?: { address: string } }[] };
      const { streams } = await server.api<Streams>('/streams');
      expect(streams.find(({ name }) => name === 'six')?.publisher?.address).toBe('::1');
      await expectBothTracks(`${server.playback}/live/six.flv`);
    } finally {
      await six.stop();
    }
  });
});
