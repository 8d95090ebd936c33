import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { solidPng } from '../../src/transcode/test-png.ts';
import { startHeadwater } from '../support/headwater.ts';
import { type Headwater, runToEnd, tempDir, until } from '../support/index.ts';
import { ffmpegsOf, pictureTimes, transcodingOf, untilRendition } from '../support/ladder.ts';
import { FlvViewer, flvFile, NO_DATABASE, OPEN_DOMAIN, RtmpPublisher, readFlv } from '../support/peers.ts';

const HOSTILE = "':%{localtime}\\,[x];movie=/etc/passwd";
const FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';
const SIZE = { width: 320, height: 180 };
const GREY = 0x60;

const rules: RulesInput = {
  domains: [OPEN_DOMAIN],
  templates: [
    { name: 'marked', video: { bitrateKbps: 1500, preset: 'ultrafast' } },
    { name: 'small', video: { shortSide: 90, bitrateKbps: 500, preset: 'ultrafast' }, watermarks: ['half'] },
    { name: 'same', video: { codec: 'copy' } },
  ],
  watermarks: [
    { name: 'logo', image: 'logo.png', height: 120, xOffset: 60, yOffset: 30 },
    { name: 'half', image: 'logo.png', height: 240, corner: 'TopLeft', transparency: 128 },
    { name: 'notice', text: HOSTILE, height: 72, corner: 'BottomLeft', xOffset: 24, yOffset: 60, color: '#ffffff' },
  ],
  streams: [
    {
      match: { stream: 'one' },
      transcode: { templates: ['marked', 'small'], watermarks: ['logo', 'notice'], lazy: false },
    },
    { match: { stream: 'bare' }, transcode: { templates: ['small', 'same'], watermarks: ['notice'], lazy: false } },
  ],
};

let server: Headwater;
let images: Awaited<ReturnType<typeof tempDir>>;
let grey: FlvTag[];

beforeAll(async () => {
  images = await tempDir('watermarks');
  await writeFile(join(images.path, 'logo.png'), solidPng(40, 20, [255, 0, 0, 255]));
  const path = join(images.path, 'grey.flv');
  await runToEnd('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=c=0x606060:size=${SIZE.width}x${SIZE.height}:rate=15`],
    ...['-t', '60', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', '-pix_fmt', 'yuv420p', '-f', 'flv', path],
  ]);
  grey = await readFlv(path);
  const env = { HEADWATER_WATERMARKS_DIR: images.path, HEADWATER_TRANSCODE_FONT: FONT };
  server = await startHeadwater({ rules, env: { ...NO_DATABASE, ...env } });
});

afterAll(async () => {
  await server?.stop();
  await images?.remove();
});

/** Publishes grey while `watch` looks. */
async function publishing<T>(name: string, watch: () => Promise<T>): Promise<T> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const abort = new AbortController();
  const playing = publisher.play(grey, { speed: 1, signal: abort.signal });
  try {
    return await watch();
  } finally {
    abort.abort();
    await playing;
    await publisher.drop();
  }
}

type Picture = { readonly width: number; readonly rgb: Buffer };

/** The first picture of an FLV stream. */
async function pictureOf(tags: readonly FlvTag[], width: number): Promise<Picture> {
  const path = join(images.path, `${width}.flv`);
  await writeFile(path, flvFile(tags));
  const out = join(images.path, `${width}.rgb`);
  const raw = ['-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-y', out];
  await runToEnd('ffmpeg', ['-v', 'error', '-i', path, ...raw]);
  return { width, rgb: await readFile(out) };
}

const at = ({ width, rgb }: Picture, x: number, y: number) => [
  ...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const isRed = ([r = 0, g = 0, b = 0]: number[]) => r > 200 && g < 60 && b < 60;
const isGrey = (rgb: number[]) => rgb.every((value) => Math.abs(value - GREY) < 12);

/** The same text, drawn by FFmpeg alone. */
async function drawnAlone(): Promise<Picture> {
  const [text, out] = [join(images.path, 'text.txt'), join(images.path, 'alone.rgb')];
  await writeFile(text, HOSTILE);
  const draw = `drawtext=fontfile=${FONT}:textfile=text.txt:expansion=none`;
  await runToEnd('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=c=0x606060:size=${SIZE.width}x${SIZE.height}`],
    ...['-vf', `${draw.replace('text.txt', text)}:fontsize=12:fontcolor=white:x=4:y=h-th-10`],
    ...['-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-y', out],
  ]);
  return { width: SIZE.width, rgb: await readFile(out) };
}

describe('watermarks', () => {
  it('are found in the renditions, where the rules put them, and not in the source', async () => {
    const [source, marked, small, commands] = await publishing('one', async () => {
      const open = (name: string) => FlvViewer.open(`${server.playback}/live/${name}.flv`);
      await untilRendition(server, 'one', 'marked', 'live');
      await untilRendition(server, 'one', 'small', 'live');
      const viewers = await Promise.all(['one', 'one_marked', 'one_small'].map(open));
      await until('pictures come', () => viewers.every(({ tags }) => pictureTimes(tags, true).length > 3), 60_000);
      const pids = await ffmpegsOf(server);
      const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
      for (const viewer of viewers) await viewer.close();
      return [...viewers.map(({ tags }) => tags), lines] as [FlvTag[], FlvTag[], FlvTag[], string[]];
    });
    const picture = await pictureOf(marked, SIZE.width);
    // 120 of 1080 high, twice as wide, 60 and 30 from the corner: 40x20, at 10 and 5.
    for (const [x, y] of [
      [272, 7],
      [307, 7],
      [272, 22],
      [307, 22],
      [290, 15],
    ])
      expect(isRed(at(picture, x!, y!))).toBe(true);
    for (const [x, y] of [
      [266, 15],
      [313, 15],
      [290, 1],
      [290, 29],
      [10, 10],
    ])
      expect(isGrey(at(picture, x!, y!))).toBe(true);
    expect(isGrey(at(await pictureOf(source, SIZE.width), 290, 15))).toBe(true);
    const little = await pictureOf(small, 160);
    expect(isRed(at(little, 145, 7))).toBe(true);
    const [r = 0, g = 0] = at(little, 10, 8);
    expect([r > 150 && r < 210, g > 20 && g < 80]).toEqual([true, true]);
    const alone = await drawnAlone();
    const rows = { from: (SIZE.height - 40) * SIZE.width * 3, to: SIZE.height * SIZE.width * 3 };
    const [ours, theirs] = [picture, alone].map(({ rgb }) => rgb.subarray(rows.from, rows.to));
    expect(theirs!.filter((value) => value > 200).length).toBeGreaterThan(500);
    const difference = ours!.reduce((sum, value, index) => sum + Math.abs(value - theirs![index]!), 0) / ours!.length;
    expect(difference).toBeLessThan(6);
    expect(commands.length).toBeGreaterThan(0);
    for (const line of commands) expect(line).not.toMatch(/localtime|passwd/);
    const keys = new Set(pictureTimes(source, true));
    const ofRendition = pictureTimes(marked, true).filter((time) => time >= (pictureTimes(source, true)[0] ?? 0));
    expect(ofRendition.slice(0, 3).every((time) => keys.has(time))).toBe(true);
  });

  it('whose image is gone leave a rendition that plays, and say so', async () => {
    await rm(join(images.path, 'logo.png'));
    await publishing('bare', async () => {
      await untilRendition(server, 'bare', 'small', 'live');
      await untilRendition(server, 'bare', 'same', 'live');
      expect((await transcodingOf(server, 'bare'))?.renditions).toMatchObject([
        {
          state: 'live',
          lookAheadMs: 0,
          watermarks: [{ name: 'notice' }, { name: 'half', reason: 'is not in the folder of watermarks' }],
        },
        {
          state: 'live',
          watermarks: [{ name: 'notice', reason: 'the pictures are passed through as they are' }],
        },
      ]);
    });
  });
});
