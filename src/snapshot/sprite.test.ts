import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../protocol/bytes/index.ts';
import { jpegColumn, jpegTileOf, tilePitch } from './jpeg-column.ts';
import { splitJpegs } from './jpeg-splitter.ts';
import { Sprite } from './sprite.ts';
import { spriteVtt } from './sprite-vtt.ts';

const ENCODER = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', '5', '-f', 'image2pipe', '-'];

function tiles(size: string, count: number): Uint8Array[] {
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=2`, '-frames:v', String(count)];
  return splitJpegs(execFileSync('ffmpeg', ['-v', 'error', ...source, ...ENCODER]));
}

/** The luma rows of a picture; FFmpeg, as all decoders, adds none below its height. */
function rows(jpeg: Uint8Array, width: number): string[] {
  const args = ['-v', 'error', '-xerror', '-f', 'mjpeg', '-i', '-', '-vf', 'extractplanes=y', '-f', 'rawvideo', '-'];
  const luma = execFileSync('ffmpeg', args, { input: jpeg, maxBuffer: 1e9 });
  return Array.from({ length: luma.length / width }, (_, y) => luma.toString('hex', y * width, (y + 1) * width));
}

describe('jpegColumn', () => {
  it.each([
    ['160x90', 10],
    ['90x160', 3],
    ['34x18', 1],
  ])('of %s has each of %i tiles as it was, and gray where there is none', (size, count) => {
    const all = tiles(size, count);
    const parts = all.map(jpegTileOf);
    const scans = [undefined, ...parts.map(({ scan }) => scan)];
    const [width = 0, height = 0] = size.split('x').map(Number);
    const pitch = tilePitch(height);
    const column = rows(jpegColumn(parts[0]!, scans), width);
    expect(column.length).toBe((count + 1) * pitch);
    expect(new Set(column.slice(0, pitch))).toEqual(new Set(['80'.repeat(width)]));
    for (const index of new Set([0, count - 1])) {
      const top = (index + 1) * pitch;
      expect(column.slice(top, top + height)).toEqual(rows(all[index]!, width));
    }
  });

  it('is not made of what is no baseline JPEG', () => {
    const [tile] = tiles('34x18', 1);
    for (let length = 0; length < 100; length++) {
      expect(() => jpegTileOf(tile!.subarray(0, length))).toThrow(MalformedError);
    }
  });
});

describe('Sprite', () => {
  const [small, other] = [tiles('34x18', 1)[0]!, tiles('18x34', 1)[0]!];

  it('begins a sheet where one is full and where the size changes', () => {
    const sprite = new Sprite({ keepSeconds: 1800 });
    for (let i = 0; i < 40; i++) sprite.add({ jpeg: small }, i * 1000);
    sprite.add({ jpeg: other }, 40_000);
    const cues = sprite.cues();
    expect(cues.length).toBe(41);
    expect(cues.map(({ sheet }) => sheet)).toEqual([...Array(36).fill(0), 1, 1, 1, 1, 2]);
    expect(cues[35]).toEqual({ atWallMs: 35_000, sheet: 0, sheetTiles: 36, y: 35 * 32, width: 34, height: 18 });
    expect(cues[37]).toMatchObject({ sheet: 1, sheetTiles: 4, y: 32 });
    expect([sprite.sheet(2), sprite.sheet(3)].map((sheet) => sheet !== undefined)).toEqual([true, false]);
  });

  it('keeps 180 tiles of its time, closer together the newer they are', () => {
    const sprite = new Sprite({ keepSeconds: 1800 });
    for (let i = 0; i <= 1000; i++) sprite.add({ jpeg: small }, i * 5000);
    const times = sprite.cues().map(({ atWallMs }) => atWallMs);
    expect(times.length).toBeLessThanOrEqual(180);
    expect(times.length).toBeGreaterThan(150);
    expect(times.at(-1)).toBe(5_000_000);
    expect(times[0]).toBeGreaterThanOrEqual(5_000_000 - 1_800_000);
    expect(times[0]).toBeLessThan(5_000_000 - 1_700_000);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_000);
    expect(Math.max(...gaps.slice(-20))).toBeLessThanOrEqual(10_000);
    const sheets = new Set(sprite.cues().map(({ sheet }) => sheet));
    for (const sheet of sheets) expect(sprite.sheet(sheet)).toBeDefined();
    expect(sprite.sheet(0)).toBeUndefined();
  });
});

describe('spriteVtt', () => {
  it('is WebVTT that says what it counts from', () => {
    const place = { sheet: 3, sheetTiles: 2, width: 160, height: 90 };
    const cues = [
      { ...place, atWallMs: 5000, y: 0 },
      { ...place, atWallMs: 3_610_250, y: 96 },
    ];
    const urlOf = (sheet: number, count: number) => `sprite-${sheet}.jpg?tiles=${count}`;
    expect(spriteVtt(cues, { startWallMs: 1000, everySeconds: 10, urlOf })).toBe(`WEBVTT
STREAM-START: 1970-01-01T00:00:01.000Z

00:00:04.000 --> 01:00:09.250
sprite-3.jpg?tiles=2#xywh=0,0,160,90

01:00:09.250 --> 01:00:19.250
sprite-3.jpg?tiles=2#xywh=0,96,160,90
`);
    expect(spriteVtt([], { startWallMs: 0, everySeconds: 10, urlOf })).toBe(
      'WEBVTT\nSTREAM-START: 1970-01-01T00:00:00.000Z\n',
    );
  });
});
