import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, until } from '../support/index.ts';
import { pictureTimes, transcodingOf, transcodingServer } from '../support/ladder.ts';
import { capturePath, FlvViewer, type MadeFlv, makeFlv, RtmpPublisher, readFlv } from '../support/peers.ts';

const TEMPLATES = [
  { name: 'small', video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' as const } },
  {
    name: 'both',
    video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' as const },
    audio: { codec: 'aac' as const, bitrateKbps: 32 },
  },
];
const PICTURE = { seconds: 6, gop: 15, fps: 15, bitrate: '100k' } as const;
const LENGTH_MS = 6100;

let server: Headwater;
const made: MadeFlv[] = [];

beforeAll(async () => {
  for (const size of ['320x180', '640x360', '96x64', '180x320']) made.push(await makeFlv({ ...PICTURE, size }));
  server = await transcodingServer(
    [
      {
        match: {},
        delivery: { holdSeconds: 20 },
        publish: { waitSeconds: 0 },
        transcode: { templates: ['small', 'both'], lazy: false },
      },
    ],
    { templates: TEMPLATES },
  );
});

afterAll(async () => {
  await server?.stop();
  for (const flv of made) await flv.remove();
});

const sized = (index: number) => made[index]?.tags ?? [];
const later = (tags: readonly FlvTag[], ms: number) =>
  tags
    .filter(({ type, payload }) => type !== 'video' || payload.length > 5)
    .map((tag) => ({ ...tag, timestampMs: tag.timestampMs + ms }));

async function hevc(): Promise<FlvTag[]> {
  const capture = await readFlv(capturePath('enhanced-hevc.flv'));
  const lengthMs = (capture.at(-1)?.timestampMs ?? 0) + 40;
  return [0, 1, 2, 3, 4, 5].flatMap((turn) => later(capture, turn * lengthMs));
}

const without = (type: FlvTag['type'], tags: readonly FlvTag[]) => tags.filter((tag) => tag.type !== type);

describe('a source that changes in mid-stream keeps its renditions', () => {
  it.each<[string, () => Promise<readonly FlvTag[]> | readonly FlvTag[]]>([
    ['larger', () => sized(1)],
    ['smaller', () => sized(2)],
    ['turned', () => sized(3)],
    ['silent', () => without('audio', sized(0))],
    ['hevc', hevc],
  ])('when it gets %s', async (name, change) => {
    const after = await change();
    const tags = [...sized(0), ...later(after, LENGTH_MS)];
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
    const playing = publisher.play(tags, { speed: 1 });
    const names = [name, `${name}_small`, `${name}_both`];
    const viewers = await Promise.all(names.map((each) => FlvViewer.open(`${server.playback}/live/${each}.flv`)));
    await playing;
    const [source, ...renditions] = viewers.map(
      ({ tags: seen }) =>
        () =>
          pictureTimes(seen, true),
    );
    const last = source!().slice(-3);
    for (const keys of renditions) {
      await until(
        'the rendition has a key frame of what came last',
        () => keys().some((time) => last.includes(time)),
        40_000,
      );
    }
    const ofSource = new Set(source!());
    for (const keys of renditions) expect(keys().filter((time) => !ofSource.has(time))).toEqual([]);
    expect(viewers.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    expect((await transcodingOf(server, name))?.renditions.map(({ state }) => state)).toEqual(['live', 'live']);
    await publisher.unpublish();
    await Promise.all(viewers.map(({ closed }) => closed));
  });
});
