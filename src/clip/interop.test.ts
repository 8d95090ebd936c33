import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestArchive, testArchive } from '../../test/support/archive.ts';
import { runToEnd } from '../../test/support/child.ts';
import { capturePath, type MadeFlv, readFlv } from '../../test/support/flv-file.ts';
import { makeNumberedFlv, type NumberedPicture, numbersShown } from '../../test/support/numbered-picture.ts';
import { runToBytes } from '../../test/support/run-to-bytes.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { until } from '../../test/support/until.ts';
import type { ArchivedSegment } from '../archive/index.ts';
import type { UnplacedPacket } from '../live/index.ts';
import { readFragmentTable } from '../protocol/fmp4/index.ts';
import { exportMp4 } from '../record/index.ts';
import { type SmartCutReport, smartCut } from './smart-cut.ts';

const SAMPLE_RATE = 48_000;
const PACKET_SAMPLES = 1024;
let dir: Awaited<ReturnType<typeof tempDir>>;
const made: MadeFlv[] = [];

beforeAll(async () => {
  dir = await tempDir('smart-cut');
});
afterAll(async () => {
  await Promise.all([dir.remove(), ...made.map((each) => each.remove())]);
});

type Source = {
  readonly archive: TestArchive;
  /** Wall clock of each picture, in the order of display. */
  readonly wallMs: readonly number[];
  /** When each is shown in a file of the whole. */
  readonly atMs: readonly number[];
  /** What each shows. */
  readonly numbers: readonly number[];
  /** Which of them are key frames. */
  readonly keys: readonly number[];
  /** The sound of the whole, from the first picture on. */
  readonly sound: Float32Array;
};

async function sourceOf(picture: NumberedPicture, more: readonly string[] = []): Promise<Source> {
  return withWhole(testArchive([{ tags: await tagsOf(picture, more) }]));
}

/** Noise that stands for sound is another one whenever it is decoded. */
async function tagsOf(picture: NumberedPicture, more: readonly string[] = []) {
  const flv = await makeNumberedFlv({ ...picture, tone: 'chirp' }, ['-aac_pns', '0', ...more]);
  made.push(flv);
  return flv.tags;
}

function ptsOf(packet: UnplacedPacket): number {
  return packet.dtsMs + ('compositionMs' in packet ? packet.compositionMs : 0);
}

async function withWhole(archive: TestArchive): Promise<Source> {
  const pictures = archive.packaged
    .flatMap(({ wallMs, startDtsMs, parts }) => {
      const packets = parts.flatMap((part) => part.packets).filter(({ kind }) => kind === 'video');
      return packets.map((packet: UnplacedPacket) => ({
        packet,
        ptsMs: ptsOf(packet),
        wallMs: wallMs + ptsOf(packet) - startDtsMs,
      }));
    })
    .toSorted((a, b) => a.ptsMs - b.ptsMs);
  const shown = await shownIn(await keep((await collect(exportMp4(archive))).bytes));
  return {
    archive,
    wallMs: pictures.map(({ wallMs }) => wallMs),
    atMs: shown.timesMs,
    numbers: shown.numbers,
    keys: pictures.flatMap(({ packet }, index) => (packet.kind === 'video' && packet.isKeyFrame ? [index] : [])),
    sound: shown.sound,
  };
}

async function collect<R>(generator: AsyncGenerator<Uint8Array, R, void>) {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { bytes: Buffer.concat(pieces), report: next.value };
    pieces.push(next.value);
  }
}

let files = 0;
async function keep(bytes: Uint8Array): Promise<string> {
  const path = join(dir.path, `${files++}.mp4`);
  await writeFile(path, bytes);
  return path;
}

type Shown = {
  /** Of each picture: the number in it. */
  readonly numbers: readonly number[];
  readonly timesMs: readonly number[];
  /** MD5 of each coded picture, in the order of decoding. */
  readonly coded: readonly string[];
  /** Decoded, on the file's own clock: silence where there is none yet. */
  readonly sound: Float32Array;
};

async function shownIn(path: string, { hasVideo = true } = {}): Promise<Shown> {
  const fields = 'packet=data_hash:frame=best_effort_timestamp_time';
  const show = ['-show_frames', '-show_packets', '-show_data_hash', 'md5', '-show_entries', fields, '-of', 'flat'];
  const sound = ['-map', '0:a', '-af', 'aresample=async=1:first_pts=0', '-f', 'f32le', '-ac', '1', 'pipe:1'];
  const [rows, numbers, pcm] = await Promise.all([
    runToEnd('ffprobe', ['-v', 'error', '-select_streams', 'v', ...show, path]),
    hasVideo ? numbersShown(path) : [],
    runToBytes('ffmpeg', ['-v', 'error', '-i', path, ...sound], new Uint8Array()),
  ]);
  return {
    numbers,
    timesMs: [...rows.matchAll(/timestamp_time="([\d.-]+)"/g)].map(([, seconds]) => Number(seconds) * 1000),
    coded: [...rows.matchAll(/MD5:(\w+)/g)].map(([, hash = '']) => hash),
    sound: new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length >> 2),
  };
}

type Clip = Shown & { readonly path: string; readonly report: SmartCutReport };

/** From one picture to before another, by their places. */
async function cut({ archive, wallMs }: Source, from: number, to: number, ffmpeg = ['ffmpeg']): Promise<Clip> {
  const endMs = wallMs[to] ?? wallMs.at(-1)! + 1;
  const { bytes, report } = await collect(smartCut({ startMs: wallMs[from]!, endMs, ffmpeg })(archive));
  expect(bytes.length).toBe(report.sizeBytes);
  const path = await keep(bytes);
  return { ...(await shownIn(path)), path, report };
}

/** The clip shows exactly these pictures, each at its time, with the sound that was with them. */
function expectExact(source: Source, clip: Clip, from: number, to: number): void {
  expect(clip.numbers).toEqual(source.numbers.slice(from, to));
  const startMs = source.atMs[from]!;
  const wanted = source.atMs.slice(from, to).map((atMs) => atMs - startMs);
  const worst = Math.max(...clip.timesMs.map((timeMs, index) => Math.abs(timeMs - wanted[index]!)));
  expect([clip.timesMs.length, worst < 1]).toEqual([wanted.length, true]);
  expect(clip.report).toMatchObject({ isExact: true, wallMs: source.wallMs[from] });
  expect(clip.report.durationMs).toBeGreaterThan(wanted.at(-1)!);
  expectSound(source, clip, startMs);
}

/** Sample by sample, but for what rounding leaves. */
function expectSound(
  source: Pick<Source, 'sound'>,
  { sound, report }: Pick<Clip, 'sound' | 'report'>,
  startMs: number,
): void {
  const offset = Math.round((startMs * SAMPLE_RATE) / 1000);
  const wanted = Math.min(Math.round((report.durationMs * SAMPLE_RATE) / 1000), source.sound.length - offset);
  // FFmpeg plays the last packet to its end, whatever an edit list says.
  expect(sound.length - wanted).toBeLessThan(PACKET_SAMPLES);
  expect(sound.length - wanted).toBeGreaterThan(-SAMPLE_RATE / 1000);
  const compared = Math.min(sound.length, wanted);
  let worst = 0;
  for (let index = 0; index < compared; index++) {
    worst = Math.max(worst, Math.abs(sound[index]! - source.sound[offset + index]!));
  }
  expect(worst).toBeLessThan(0.01);
}

/** From the first key frame on, everything is as the source sent it, byte by byte, but for what was encoded at the end. */
function expectCopied(source: Source, clip: Clip, from: number, to: number): void {
  const copies = to - from - clip.report.encodedPictures;
  if (copies === 0) return;
  const video = source.archive.packets.filter(({ kind }) => kind === 'video');
  const key = source.keys.find((index) => index >= from)!;
  const decoded = video.toSorted((a, b) => ptsOf(a) - ptsOf(b))[key]!;
  const sent = video.slice(video.indexOf(decoded)).map(({ data }) => createHash('md5').update(data).digest('hex'));
  const { coded } = clip;
  expect(coded).toHaveLength(to - from);
  expect(coded.slice(key - from, key - from + copies)).toEqual(sent.slice(0, copies));
}

describe('a smart cut, decoded by FFmpeg and counted', () => {
  it.each([
    ['25 pictures a second', { fps: '25', gop: 50, bFrames: 0, seconds: 6 }],
    ['29.97 pictures a second, out of order', { fps: '30000/1001', gop: 45, bFrames: 3, seconds: 5 }],
    ['pictures at changing times, out of order', { fps: '25', gop: 30, bFrames: 2, isVariable: true, seconds: 6 }],
  ] as const)('has all pictures and sounds, and no others: %s', async (_, { bFrames, ...options }) => {
    const source = await sourceOf({ size: '320x180', bFrames, ...options });
    const [, second = 0, third = 0] = source.keys;
    const count = source.numbers.length;
    expect(third).toBeGreaterThan(second);
    const cases: [string, number, number, number][] = [
      ['over several groups', 7, third + 13, second - 7],
      ['within a group', second + 3, second + 10, 7],
      ['one picture', second + 5, second + 6, 1],
      ['exactly a group', second, third, 0],
      ['a group and one picture', second - 1, third + 1, 1],
      ['to the end', second + 1, count, third - second - 1],
    ];
    for (const [name, from, to, lead] of cases) {
      const clip = await cut(source, from, to);
      expectExact(source, clip, from, to);
      // At the end come a few more, that others would have to follow.
      const behind = clip.report.encodedPictures - lead;
      expect([name, behind >= 0 && behind <= bFrames + 1]).toEqual([name, true]);
      expectCopied(source, clip, from, to);
    }
  });

  it('is exact where key frames are no IDR pictures, and others need what was before them', async () => {
    const picture = { seconds: 4, size: '160x90', fps: '25', gop: 25, bFrames: 2 } as const;
    const source = await sourceOf(picture, ['-x264-params', 'open-gop=1']);
    expect(source.keys.length).toBeGreaterThan(2);
    const clip = await cut(source, 20, 70);
    expectExact(source, clip, 20, 70);
    expect(clip.report.encodedPictures).toBe(50);
  });

  it('closes the gap of a reconnect, with other parameters behind it', async () => {
    const picture = { seconds: 3, fps: '25', gop: 25, bFrames: 2 } as const;
    const before = await tagsOf({ ...picture, size: '320x180' });
    const after = await tagsOf({ ...picture, size: '256x144' });
    const source = await withWhole(testArchive([{ tags: before }, { tags: after, pauseMs: 20_000 }]));
    const clip = await cut(source, 55, 75 + 33);
    expectExact(source, clip, 55, 75 + 33);
    expect(clip.report.closedGaps).toBe(1);
    const inTheGap = { startMs: source.wallMs[74]! + 5000, endMs: source.wallMs[75]! + 400, ffmpeg: ['ffmpeg'] };
    const { bytes } = await collect(smartCut(inTheGap)(source.archive));
    expect(await numbersShown(await keep(bytes))).toEqual(source.numbers.slice(75, 85));
  });

  it('cuts sound alone to the sample', async () => {
    const tags = (await tagsOf({ seconds: 5, fps: '25', gop: 25, bFrames: 0, size: '64x36' })).filter(
      ({ type }) => type === 'audio',
    );
    const archive = testArchive([{ tags }]);
    const startMs = archive.segments[0]!.wallMs + 1234;
    const { bytes, report } = await collect(smartCut({ startMs, endMs: startMs + 2000, ffmpeg: ['false'] })(archive));
    expect(report).toMatchObject({ isExact: true, durationMs: 2000, wallMs: startMs, encodedPictures: 0 });
    const [whole, clip] = [await keep((await collect(exportMp4(archive))).bytes), await keep(bytes)];
    const alone = { hasVideo: false };
    expectSound(await shownIn(whole, alone), { ...(await shownIn(clip, alone)), report }, 1234);
  });
});

describe('a smart cut that cannot be exact', () => {
  const wholeSegments = (source: Source, report: SmartCutReport) => {
    expect(report).toMatchObject({ isExact: false, encodedPictures: 0, segmentCount: 2 });
    expect(report.wallMs).toBe(source.archive.segments[0]!.wallMs);
  };

  it('is cut to the segment, and says why', async () => {
    const source = await sourceOf({ seconds: 6, fps: '25', gop: 50, bFrames: 0, size: '64x36' });
    const commands = [
      [['false'], /ended with 1/],
      [['/there/is/no/ffmpeg'], /ENOENT/],
      [['sh', '-c', 'head -c 100 /dev/urandom #'], /./],
    ] as const;
    for (const [command, why] of commands) {
      const clip = await cut(source, 20, 80, [...command]);
      wholeSegments(source, clip.report);
      expect(clip.report.inexactBecause).toMatch(why);
      expect(clip.numbers).toEqual(source.numbers.slice(0, 100));
    }
  });

  it('begins at a key frame where the one before it is not there', async () => {
    const picture = { seconds: 3, size: '64x36', fps: '25', gop: 50, bFrames: 0 } as const;
    const { archive, ...source } = await sourceOf(picture);
    const [first] = archive.segments;
    const bytes = async (segment: ArchivedSegment) => {
      const whole = await archive.source.bytes(segment);
      if (segment !== first) return whole;
      const { payloadOffset, payloadBytes } = readFragmentTable(whole);
      return whole.subarray(payloadOffset + payloadBytes);
    };
    const clip = await cut({ ...source, archive: { ...archive, source: { bytes } } }, 20, 70);
    expect(clip.numbers).toEqual(source.numbers.slice(50, 70));
    expect(clip.report).toMatchObject({ isExact: false, inexactBecause: '30 pictures have no key frame before them' });
  });

  it.each(['enhanced-hevc.flv', 'enhanced-av1.flv'])('is cut to the segment where the source is %s', async (name) => {
    const archive = testArchive([{ tags: await readFlv(capturePath(name)) }]);
    const [first] = archive.segments;
    const range = { startMs: first!.wallMs + 300, endMs: first!.wallMs + 700, ffmpeg: ['false'] };
    const { bytes, report } = await collect(smartCut(range)(archive));
    const why = expect.stringMatching(/^the source has (h265|av1), and only h264/);
    expect(report).toMatchObject({ isExact: false, inexactBecause: why, segmentCount: 1, wallMs: first!.wallMs });
    const { timesMs } = await shownIn(await keep(bytes));
    expect(timesMs.at(-1)).toBeGreaterThan(700);
  });

  it('waits for FFmpeg no longer than it may, and leaves none behind', async () => {
    const source = await sourceOf({ seconds: 5, fps: '25', gop: 50, bFrames: 0, size: '64x36' });
    const range = { startMs: source.wallMs[20]!, endMs: source.wallMs[60]! };
    const pidFile = join(dir.path, 'pid');
    const ffmpeg = ['sh', '-c', `sleep 1000 & echo $! > ${pidFile}; wait #`];
    const { report } = await collect(smartCut({ ...range, ffmpeg, timeoutMs: 1500 })(source.archive));
    wholeSegments(source, report);
    expect(report.inexactBecause).toContain('did not end within 1.5 s');
    const pid = Number(await readFile(pidFile, 'utf8'));
    await until('the process is gone', () => !existsSync(`/proc/${pid}`), 10_000);
    await rm(pidFile);
    const stop = new AbortController();
    const cutting = collect(smartCut({ ...range, ffmpeg })({ ...source.archive, signal: stop.signal }));
    await until('it runs', () => existsSync(pidFile), 10_000);
    stop.abort(new Error('nobody waits'));
    await expect(cutting).rejects.toThrow('nobody waits');
  });

  it.each([
    ['before all', -5000, -1000],
    ['behind all', 1e9, 1e9 + 1000],
    ['of no length', 1000, 1000],
    ['reversed', 2000, 1000],
    ['of no numbers', Number.NaN, Number.NaN],
  ])('is refused %s', async (_, from, to) => {
    const archive = testArchive([{ tags: await readFlv(capturePath('enhanced-h264opus.flv')) }]);
    const beginMs = archive.segments[0]!.wallMs;
    const cutting = collect(smartCut({ startMs: beginMs + from, endMs: beginMs + to, ffmpeg: ['false'] })(archive));
    await expect(cutting).rejects.toMatchObject({ name: 'ClipError', code: 'NOTHING_TO_CLIP' });
  });
});
