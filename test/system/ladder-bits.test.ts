import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, until } from '../support/index.ts';
import { pictureTimes, transcodingOf, transcodingServer } from '../support/ladder.ts';
import { cutsOf, LadderViewer } from '../support/ladder-viewer.ts';
import { FlvViewer, framesOf, type MadeFlv, makeFlv, playForEver, RtmpPublisher } from '../support/peers.ts';

const SOURCE_FPS = 30;
const preset = 'ultrafast';
/** What each template comes to, of a source whose bits are known only when it has been watched for a while. */
const EXPECTED = {
  few: { kbps: 300, fps: 10 },
  hevc: { kbps: 300, fps: 10 },
  part: { kbps: 0.4, fps: 15 },
  all: { kbps: 1, fps: SOURCE_FPS },
} as const;

let server: Headwater;
let source: MadeFlv;
let sourceKbps: number;

beforeAll(async () => {
  const picture = { seconds: 8, gop: 30, fps: SOURCE_FPS, size: '320x180', bitrate: '700k', audio: false } as const;
  source = await makeFlv(picture, ['-vf', 'noise=alls=40:allf=t', '-maxrate', '700k', '-bufsize', '700k']);
  const bytes = framesOf(source.tags, 'video').reduce((sum, { payload }) => sum + payload.length, 0);
  sourceKbps = (bytes * 8) / (picture.seconds * 1000);
  server = await transcodingServer(
    [
      {
        match: {},
        delivery: { holdSeconds: 20 },
        hls: { always: true, windowSegments: 20 },
        transcode: { templates: Object.keys(EXPECTED), lazy: false },
      },
    ],
    {
      templates: [
        { name: 'few', video: { bitrateKbps: 300, fps: 10, preset } },
        { name: 'hevc', video: { codec: 'h265', bitrateKbps: 300, fps: 10, preset } },
        { name: 'part', video: { bitrateKbps: 3000, bitratePercent: 40, fpsPercent: 50, preset } },
        { name: 'all', video: { bitrateKbps: 3000, preset } },
      ],
    },
  );
});

afterAll(async () => {
  await server?.stop();
  await source?.remove();
});

it('renditions have the bits and pictures of their templates, and none is heavier than its source', async () => {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo' });
  const playing = playForEver(publisher, source.tags);
  const viewers = await Promise.all(
    ['demo', 'demo_part', 'demo_all'].map((name) => FlvViewer.open(`${server.playback}/live/${name}.flv`)),
  );
  for (const [template, { kbps, fps }] of Object.entries(EXPECTED)) {
    const wanted = kbps > 1 ? kbps : kbps * sourceKbps;
    await until(
      `${template} has ${wanted.toFixed(0)} kb/s`,
      async () => {
        const { renditions = [] } = (await transcodingOf(server, 'demo')) ?? {};
        const now = renditions.find((each) => each.template === template);
        const isNear = (value = 0, of = 0) => Math.abs(value - of) <= of * 0.2;
        return isNear(now?.bitrateKbps, wanted) && isNear(now?.fps, fps);
      },
      60_000,
    );
  }
  expect((await transcodingOf(server, 'demo'))?.restarts).toBe(0);

  const [ofSource = [], ofPart = [], ofAll = []] = viewers.map(({ tags }) => pictureTimes(tags));
  const from = Math.max(ofPart[0] ?? 0, ofAll[0] ?? 0);
  const last = Math.min(ofPart.at(-1) ?? 0, ofAll.at(-1) ?? 0);
  const within = (times: readonly number[]) => times.filter((time) => time >= from && time <= last);
  expect(within(ofAll).length).toBeGreaterThan(4 * SOURCE_FPS);
  expect(within(ofAll)).toEqual(within(ofSource));
  const steps = within(ofPart).map((time, index, all) => time - (all[index - 1] ?? time));
  expect(Math.max(...steps)).toBeLessThan(3000 / SOURCE_FPS + 5);

  const ladder = await LadderViewer.open(`${server.playback}/live/demo.m3u8`);
  expect(ladder.variant('all').frameRate).toBe(ladder.variant('_source').frameRate);
  const cuts = async (name: string) => [...cutsOf(await ladder.media(name))];
  for (const template of Object.keys(EXPECTED)) {
    const made = await cuts(template);
    const ofSource = new Map(await cuts('_source'));
    const ofRung = made.filter(([number]) => ofSource.has(number));
    expect(ofRung.length).toBeGreaterThan(3);
    expect(ofRung).toEqual(ofRung.map(([number]) => [number, ofSource.get(number)]));
  }
  await playing.stop();
  await publisher.unpublish();
  await Promise.all(viewers.map(({ closed }) => closed));
});
