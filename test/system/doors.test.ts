import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, type Headwater, publishTestPicture, runToEnd, startHeadwater } from '../support/index.ts';

let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadwater();
  publisher = await publishTestPicture(server, 'live/demo', { bFrames: 2 });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
});

type Probe = { streams: { codec_name: string; width?: number; sample_rate?: string }[] };

describe('every door plays what FFmpeg pushes', () => {
  it.each([
    ['HTTP-FLV', () => `${server.playback}/live/demo.flv`],
    ['LL-HLS', () => `${server.playback}/live/demo.m3u8`],
    ['HLS in MPEG-TS', () => `${server.playback}/live/demo.m3u8?container=ts`],
    ['RTMP', () => `${server.rtmp}/live/demo`],
  ])('%s', async (_door, url) => {
    const text = await runToEnd('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', url()]);
    const { streams } = JSON.parse(text) as Probe;
    expect(streams).toHaveLength(2);
    expect(streams.find((stream) => stream.codec_name === 'h264')?.width).toBe(320);
    expect(streams.find((stream) => stream.codec_name === 'aac')?.sample_rate).toBe('48000');
  });
});
