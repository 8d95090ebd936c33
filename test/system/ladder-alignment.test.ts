import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, until } from '../support/index.ts';
import { pictureTimes, transcodingServer } from '../support/ladder.ts';
import { makeNumberedFlv, picturesShown } from '../support/numbered-picture.ts';
import { FlvViewer, type MadeFlv, RtmpPublisher } from '../support/peers.ts';

const PART_SECONDS = 15;

let server: Headwater;
/** B-frames at 29.97; another size; pictures at no rate at all. */
let parts: MadeFlv[] = [];

beforeAll(async () => {
  const picture = { seconds: PART_SECONDS, gop: 30, bFrames: 2 } as const;
  parts = [
    await makeNumberedFlv({ ...picture, size: '320x180', fps: '30000/1001' }),
    await makeNumberedFlv({ ...picture, size: '480x270', fps: '25', gop: 40 }),
    await makeNumberedFlv({ ...picture, size: '320x180', fps: '30', isVariable: true }),
  ];
  const preset = 'ultrafast';
  server = await transcodingServer(
    [
      {
        match: {},
        publish: { waitSeconds: 15 },
        delivery: { holdSeconds: 20 },
        transcode: { templates: ['small', 'slow'], lazy: false },
      },
    ],
    {
      templates: [
        { name: 'small', video: { shortSide: 90, bitrateKbps: 300, preset } },
        { name: 'slow', video: { shortSide: 72, bitrateKbps: 300, fps: 10, preset } },
      ],
    },
  );
}, 120_000);

afterAll(async () => {
  await server?.stop();
  for (const part of parts) await part.remove();
});

it('B46 shows the same picture at the same time on all rungs for a minute, whatever the source does', async () => {
  const [steady = [], larger = [], variable = []] = parts.map(({ tags }) => tags);
  const open = (name: string) => FlvViewer.open(`${server.playback}/live/${name}.flv`);
  const first = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo' });
  const playing = first.play(steady, { speed: 1 });
  const viewers = await Promise.all(['demo', 'demo_small', 'demo_slow'].map(open));
  await playing;
  await first.drop();
  const second = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo' });
  await second.play([...steady, ...later(larger, PART_SECONDS), ...later(variable, 2 * PART_SECONDS)], { speed: 1 });
  const last = pictureTimes(viewers[0]?.tags ?? [], true).at(-1) ?? 0;
  await until('the rungs have the last key frame', () =>
    viewers.every(({ tags }) => pictureTimes(tags, true).includes(last)),
  );
  await second.unpublish();
  await Promise.all(viewers.map(({ closed }) => closed));

  const [source = new Map(), small = new Map(), slow = new Map()] = await Promise.all(
    viewers.map(({ tags }) => picturesShown(tags)),
  );
  const from = Math.max(Math.min(...small.keys()), Math.min(...slow.keys()));
  const times = [...source.keys()].filter((time) => time >= from && time <= last);
  expect((times.at(-1) ?? 0) - from).toBeGreaterThan((4 * PART_SECONDS - 5) * 1000);
  const wrong = (rung: ReadonlyMap<number, number>) =>
    [...rung].filter(([time, number]) => source.get(time) !== number);
  expect(wrong(small)).toEqual([]);
  expect(wrong(slow)).toEqual([]);
  expect([...small.keys()].filter((time) => time >= from && time <= last)).toEqual(times);
  console.log(
    `${times.length} pictures compared on two rungs, ${wrong(small).length + wrong(slow).length} of them wrong`,
  );
  expect(slow.size).toBeGreaterThan(small.size / 4);
  expect(slow.size).toBeLessThan(small.size / 2);

  const keys = viewers.map(({ tags }) => pictureTimes(tags, true).filter((time) => time >= from && time <= last));
  expect(keys[0]?.length).toBeGreaterThan(45);
  expect(keys[1]).toEqual(keys[0]);
  expect(keys[2]).toEqual(keys[0]);
}, 180_000);

function later(tags: readonly FlvTag[], seconds: number): FlvTag[] {
  return tags.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + seconds * 1000 + 100 }));
}
