import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestArchive, testArchive } from '../../test/support/archive.ts';
import { runToEnd, start, tempDir } from '../../test/support/index.ts';
import type { ArchivedSegment } from '../archive/index.ts';
import { fragmentOf } from '../packager/index.ts';
import { totalLength } from '../protocol/bytes/index.ts';
import {
  decodeAudioTag,
  decodeMetadata,
  decodeVideoTag,
  encodeFileHeader,
  encodeTag,
  FlvReader,
  type FlvTag,
  fileHeaderBytes,
} from '../protocol/flv/index.ts';
import { decodeFragment, encodeFragment } from '../protocol/fmp4/index.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { RtmpServerSession } from '../protocol/rtmp/index.ts';
import {
  cutSlices,
  type ExportedSlice,
  type Exporter,
  exportCmafSlice,
  exportFlv,
  exportMp4,
  exportTsSlice,
  readSegment,
  slicePlaylistOf,
  writeExport,
} from './index.ts';

const AUDIO = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=5'];
const AAC = ['-c:a', 'aac', '-ac', '2'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '50', '-pix_fmt', 'yuv420p'];
const picture = (size: string) => ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=5`];
const captures = new URL('../../test/fixtures/captures/', import.meta.url);

let dir: Awaited<ReturnType<typeof tempDir>>;
let files = 0;
const newPath = (name: string) => join(dir.path, `${files++}-${name}`);
beforeAll(async () => {
  dir = await tempDir('exports');
});
afterAll(() => dir.remove());

async function encode(...args: readonly string[]): Promise<FlvTag[]> {
  const path = newPath('source.flv');
  await runToEnd('ffmpeg', ['-v', 'error', ...args, '-f', 'flv', path]);
  return new FlvReader().push(await readFile(path));
}

async function capture(name: string): Promise<FlvTag[]> {
  const bytes = await readFile(new URL(name, captures));
  if (name.endsWith('.flv')) return new FlvReader().push(bytes);
  const session = new RtmpServerSession({ randomBytes });
  const tags: FlvTag[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    const events = session.push(bytes.subarray(at, at + 4096));
    if (events.some(({ type }) => type === 'publish')) events.push(...session.acceptPublish(1));
    for (const event of events) {
      if (event.type !== 'media' || event.kind === 'data') continue;
      tags.push({ type: event.kind, timestampMs: event.timestamp, payload: event.payload });
    }
  }
  return tags;
}

/** A packet as a file should have it; times in ms, of the whole file's beginning. */
type Sample = {
  readonly kind: string;
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly isKey: boolean;
  readonly hash: string;
};

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** What was pushed, with the exact times of sound. */
function pushed({ packets }: TestArchive): Sample[] {
  return packets.map((packet) => {
    const dtsMs = (packet.mediaTime * 1000) / packet.track.timescale;
    const ptsMs = dtsMs + (packet.kind === 'video' ? packet.compositionMs : 0);
    const isKey = packet.kind === 'audio' || packet.isKeyFrame;
    return { kind: packet.kind, dtsMs, ptsMs, isKey, hash: md5(packet.data) };
  });
}

/** What FFmpeg finds in a file. */
async function probed(path: string): Promise<Sample[]> {
  const text = await runToEnd('ffprobe', [
    ...['-v', 'error', '-show_error', '-show_packets', '-show_data_hash', 'md5', '-show_entries'],
    ...['packet=codec_type,pts_time,dts_time,flags,data_hash', '-of', 'json', path],
  ]);
  const { packets, error } = JSON.parse(text) as { packets: Record<string, string>[]; error?: unknown };
  expect(error).toBeUndefined();
  return packets.map((packet) => ({
    kind: packet.codec_type!,
    dtsMs: Number(packet.dts_time) * 1000,
    ptsMs: Number(packet.pts_time) * 1000,
    isKey: packet.flags!.startsWith('K'),
    hash: packet.data_hash!.replace('MD5:', ''),
  }));
}

/** What our own reader finds in an FLV file: that of FFmpeg 5 does not know Enhanced RTMP. */
function flvSamples(tags: readonly FlvTag[]): Sample[] {
  return tags.flatMap(({ type, timestampMs: dtsMs, payload }): Sample[] => {
    if (type === 'script') return [];
    const tag = type === 'video' ? decodeVideoTag(payload) : decodeAudioTag(payload);
    if (tag.kind !== 'frame') return [];
    const ptsMs = dtsMs + ('compositionTimeMs' in tag ? tag.compositionTimeMs : 0);
    return [{ kind: type, dtsMs, ptsMs, isKey: !('isKeyFrame' in tag) || tag.isKeyFrame, hash: md5(tag.data) }];
  });
}

const ofKind = (samples: readonly Sample[], kind: string) => samples.filter((sample) => sample.kind === kind);

/** Both with the same packets, and with the same times between them all, to within the precision. */
function expectSame(found: readonly Sample[], expected: readonly Sample[], precisionMs: number): void {
  for (const kind of ['video', 'audio']) {
    const content = (samples: readonly Sample[]) => ofKind(samples, kind).map(({ hash, isKey }) => ({ hash, isKey }));
    expect(content(found)).toEqual(content(expected));
  }
  const shiftMs = shiftsOf(found, expected);
  expect(Math.max(...shiftMs) - Math.min(...shiftMs)).toBeLessThanOrEqual(precisionMs);
}

function shiftsOf(found: readonly Sample[], expected: readonly Sample[]): number[] {
  return ['video', 'audio'].flatMap((kind) => {
    const wanted = ofKind(expected, kind);
    return ofKind(found, kind).flatMap(({ dtsMs, ptsMs }, index) => {
      return [dtsMs - wanted[index]!.dtsMs, ptsMs - wanted[index]!.ptsMs];
    });
  });
}

/** A hash of each decoded picture and piece of sound, in order. FFmpeg must not have a word to say. */
async function decoded(
  path: string,
  ...from: readonly string[]
): Promise<Readonly<Record<'video' | 'audio', string[]>>> {
  const ffmpeg = start('ffmpeg', [
    ...['-v', 'warning', '-xerror', ...from, '-i', path, '-map', '0:v?', '-map', '0:a?', '-autoscale', '0'],
    ...['-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
  ]);
  expect([await ffmpeg.exited, ffmpeg.stderr()]).toEqual([0, '']);
  const lines = ffmpeg.stdout().split('\n');
  const of = (kind: string) => {
    const index = lines.find((line) => line.startsWith('#media_type') && line.endsWith(kind))?.match(/\d+/)?.[0];
    return lines.filter((line) => line.startsWith(`${index},`)).map((line) => line.split(',').at(-1)!.trim());
  };
  return { video: of('video'), audio: of('audio') };
}

async function written(archive: TestArchive, exporter: Exporter, name: string) {
  const path = newPath(name);
  const report = await writeExport(path, exporter, archive);
  expect(report.sizeBytes).toBe((await readFile(path)).length);
  return { path, report };
}

/** All slices of a recording, its playlist and its init segments, in a folder. */
async function writtenSlices(archive: TestArchive, exporter: Exporter, extension: string, sliceMs: number) {
  const base = newPath(extension);
  const slices: (ExportedSlice & { readonly path: string; readonly initPath: string })[] = [];
  for (const { segments, isDiscontinuity } of cutSlices(archive.segments, sliceMs)) {
    const { first, initName, init } = segments[0]!.slice;
    const path = `${base}-${segments[0]!.number}.${extension}`;
    const initPath = `${base}-${first}-${initName}`;
    await writeFile(initPath, init);
    const report = await writeExport(path, exporter, { ...archive, segments });
    const uri = path.slice(dir.path.length + 1);
    const initUri = extension === 'm4s' ? { initUri: initPath.slice(dir.path.length + 1) } : {};
    slices.push({ uri, ...initUri, isDiscontinuity, report, path, initPath });
  }
  const playlist = slicePlaylistOf(slices);
  await writeFile(`${base}.m3u8`, playlist);
  return { path: `${base}.m3u8`, playlist: parseMediaPlaylist(playlist), slices };
}

const sources: readonly (readonly [string, () => Promise<FlvTag[]>])[] = [
  ['H.264 with B-frames and AAC', () => encode(...picture('192x108'), ...AUDIO, ...X264, ...AAC)],
  ['H.264 alone', () => encode(...picture('192x108'), ...X264)],
  ['AAC alone', () => encode(...AUDIO, ...AAC)],
  ['MP3 alone', () => encode(...AUDIO, '-c:a', 'libmp3lame')],
  ...['obs29.bin', 'ffmpeg51.bin', 'enhanced-hevc.flv', 'enhanced-av1.flv', 'enhanced-vp9opus.flv'].map(
    (name) => [name, () => capture(name)] as const,
  ),
];

describe.each(sources)('%s', (name, read) => {
  const isEnhanced = name.startsWith('enhanced');
  const hasTs = !name.includes('av1') && !name.includes('vp9');
  let archive: TestArchive;
  /** What is seen and heard of the source; of Enhanced RTMP, which FFmpeg 5 can't read, of the MP4. */
  let source: Awaited<ReturnType<typeof decoded>>;

  beforeAll(async () => {
    const tags = await read();
    archive = testArchive([{ tags }]);
    const path = newPath('pushed.flv');
    await writeFile(path, flvFile(tags));
    source = await decoded(isEnhanced ? (await written(archive, exportMp4, 'source.mp4')).path : path);
  }, 60_000);

  it('is whole as MP4', async () => {
    const { path, report } = await written(archive, exportMp4, 'whole.mp4');
    expect(report).toMatchObject({ lost: [], closedGaps: 0, segmentCount: archive.segments.length });
    expectSame(await probed(path), pushed(archive), 0.02);
    expect(await decoded(path)).toEqual(source);
    expect(source.video.length).toBe(ofKind(pushed(archive), 'video').length);
    expect(source.video.length + source.audio.length).toBeGreaterThan(100);
    expectMp4Box(await readFile(path), archive);
  });

  it('is whole as FLV', async () => {
    const { path } = await written(archive, exportFlv, 'whole.flv');
    const bytes = await readFile(path);
    const tags = new FlvReader().push(bytes);
    expectSame(flvSamples(tags), pushed(archive), 1.01);
    expectIndex(bytes, tags);
    if (!isEnhanced) expect(await decoded(path)).toEqual(source);
  });

  it('is whole as CMAF', async () => {
    const { path, slices } = await writtenSlices(archive, exportCmafSlice, 'm4s', 2000);
    const whole = newPath('whole.mp4');
    await writeFile(whole, Buffer.concat([await readFile(slices[0]!.initPath), ...(await readAll(slices))]));
    expectSame(await probed(whole), pushed(archive), 0.02);
    expect(await decoded(path)).toEqual(source);
  });

  if (!hasTs) return;
  it('is whole as TS', async () => {
    const { path, playlist } = await writtenSlices(archive, exportTsSlice, 'ts', 2000);
    expect(playlist).toMatchObject({ playlistType: 'VOD', isEnded: true });
    expect(await decoded(path)).toEqual(source);
  });
});

/** Publications of a second and a half and more; the last one changes its picture's size on the way. */
describe('a reconnect, another picture, and a change on the way', () => {
  const PAUSES_MS = [5000, 1000] as const;
  let archive: TestArchive;
  let pictures: readonly string[] = [];

  beforeAll(async () => {
    const small = await encode(...picture('192x108'), ...AUDIO, ...X264, ...AAC);
    const large = await encode(...picture('320x180'), ...AUDIO, ...X264, ...AAC);
    const heard = large.filter(({ type, timestampMs }) => type === 'audio' && timestampMs > 0);
    const lastedMs = heard.at(-1)!.timestampMs + 23 - heard[0]!.timestampMs;
    const later = small.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + lastedMs }));
    archive = testArchive([
      { tags: small },
      { tags: small, pauseMs: PAUSES_MS[0] },
      { tags: [...large, ...later], pauseMs: PAUSES_MS[1] },
    ]);
    const shown = async (tags: readonly FlvTag[]) => {
      const path = newPath('part.flv');
      await writeFile(path, flvFile(tags));
      return (await decoded(path)).video;
    };
    const [ofSmall, ofLarge] = [await shown(small), await shown(large)];
    pictures = [...ofSmall, ...ofSmall, ...ofLarge, ...ofSmall];
  }, 60_000);

  it('as MP4 closes the gaps, and has each set of parameters once', async () => {
    const { path, report } = await written(archive, exportMp4, 'gaps.mp4');
    expect(report).toMatchObject({ closedGaps: 2, lost: [] });
    expectClosed(await probed(path), archive, 0.02);
    expect((await decoded(path)).video).toEqual(pictures);
    const bytes = await readFile(path);
    expect(bytes.toString('latin1').split('avcC').length - 1).toBe(2);
    expect(bytes.toString('latin1').split('mp4a').length - 1).toBe(1);
    expectMp4Box(bytes, archive);
  });

  it('as FLV closes the gaps, and has sequence headers where parameters change', async () => {
    const { path } = await written(archive, exportFlv, 'gaps.flv');
    const bytes = await readFile(path);
    const tags = new FlvReader().push(bytes);
    expectClosed(flvSamples(tags), archive, 1.01);
    expectIndex(bytes, tags);
    const isHeader = ({ type, payload }: FlvTag) =>
      type === 'video' && decodeVideoTag(payload).kind === 'sequence-header';
    expect(tags.filter(isHeader).length).toBe(3);
    expect(tags.filter(({ type }) => type === 'script').length).toBe(1);
    expect((await decoded(path)).video).toEqual(pictures);
  });

  it('as TS has a discontinuity at each', async () => {
    const { path, playlist } = await writtenSlices(archive, exportTsSlice, 'ts', 3000);
    expect(playlist.segments.map(({ isDiscontinuity = false }) => isDiscontinuity)).toEqual(
      [0, 0, 1, 0, 1, 0, 1, 0].map(Boolean),
    );
    expect((await decoded(path)).video).toEqual(pictures);
  });

  it('as CMAF has a discontinuity at each, and the init segment that its slices need', async () => {
    const { playlist } = await writtenSlices(archive, exportCmafSlice, 'm4s', 3000);
    expect(playlist.segments.filter(({ isDiscontinuity }) => isDiscontinuity).length).toBe(3);
    const shown: string[] = [];
    for (const name of new Set(playlist.segments.map(({ map }) => map!.uri))) {
      const names = [name, ...playlist.segments.filter(({ map }) => map!.uri === name).map(({ uri }) => uri)];
      const path = newPath('run.mp4');
      await writeFile(path, Buffer.concat(await Promise.all(names.map((each) => readFile(join(dir.path, each))))));
      shown.push(...(await decoded(path)).video);
    }
    expect(shown.toSorted()).toEqual(pictures.toSorted());
  });
});

/** Each run's packets have one shift, sound and picture together, and one of them goes on at each seam without a gap. */
function expectClosed(found: readonly Sample[], archive: TestArchive, precisionMs: number): void {
  const expected = pushed(archive);
  const runs = archive.packets.map(({ position }) => position.discontinuities);
  const shifts = new Map<number, number[]>();
  const seams = new Map<number, number[]>();
  for (const kind of ['video', 'audio']) {
    const ofThis = expected
      .map((sample, index) => ({ ...sample, run: runs[index]! }))
      .filter((one) => one.kind === kind);
    const same = ofKind(found, kind);
    expect(same.map(({ hash }) => hash)).toEqual(ofThis.map(({ hash }) => hash));
    for (const [index, { dtsMs, ptsMs, run }] of ofThis.entries()) {
      const { dtsMs: foundDtsMs, ptsMs: foundPtsMs } = same[index]!;
      shifts.set(run, [...(shifts.get(run) ?? []), foundDtsMs - dtsMs, foundPtsMs - ptsMs]);
      const stepMs = foundDtsMs - (same[index - 1]?.dtsMs ?? foundDtsMs);
      expect(stepMs).toBeGreaterThanOrEqual(0);
      if (index > 0 && ofThis[index - 1]!.run !== run) seams.set(run, [...(seams.get(run) ?? []), stepMs]);
    }
  }
  for (const of of shifts.values()) expect(Math.max(...of) - Math.min(...of)).toBeLessThanOrEqual(precisionMs);
  expect(seams.size).toBe(3);
  for (const steps of seams.values()) expect(Math.min(...steps)).toBeLessThanOrEqual(41);
}

describe('more than 4 GB in one MP4', () => {
  const FILLER_BYTES = 30_000_000;
  const FILLER_NAL_UNIT = 12;
  const COUNT = 150;

  it('is read to its end', async () => {
    const { segments, source } = testArchive([
      { tags: await encode(...picture('192x108'), ...AUDIO, ...X264, ...AAC) },
    ]);
    const [first] = segments;
    const { tracks } = decodeFragment(wholeFragment(first!, await source.bytes(first!)));
    // In each segment the first picture is followed by a NAL unit that says nothing, as rate control writes them.
    const filler = new Uint8Array(FILLER_BYTES);
    new DataView(filler.buffer).setUint32(0, FILLER_BYTES - 4);
    filler[4] = FILLER_NAL_UNIT;
    const [key, ...rest] = tracks[0]!.samples;
    const data = [key!.data as Uint8Array, filler];
    const heavy = { ...key!, data, sizeBytes: totalLength(data) };
    const template = encodeFragment({
      sequenceNumber: 1,
      tracks: [{ ...tracks[0]!, samples: [heavy, ...rest] }, tracks[1]!],
    });
    // One more than are in use at a time.
    const ring = [template, template.slice(), template.slice()];
    const job = {
      segments: Array.from({ length: COUNT }, (_, index) => ({ ...first!, number: index, startDtsMs: index * 2000 })),
      source: { bytes: async ({ number }: { number: number }) => movedTo(ring[number % 3]!, number * 2000) },
    };
    const path = newPath('large.mp4');
    const sizeBytes = await writeSparsely(path, exportMp4(job), { from: data[0]!.length + 5, to: heavy.sizeBytes });
    expect(sizeBytes).toBeGreaterThan(4.4e9);

    const found = JSON.parse(
      await runToEnd('ffprobe', ['-v', 'error', '-show_error', '-show_format', '-show_streams', '-of', 'json', path]),
    );
    expect(found.error).toBeUndefined();
    expect(Number(found.format.duration)).toBeCloseTo(COUNT * 2, 0);
    expect(found.streams.map((stream: { nb_frames: string }) => Number(stream.nb_frames))).toEqual(
      tracks.map(({ samples }) => samples.length * COUNT),
    );
    const last = await decoded(path, '-ss', String(COUNT * 2 - 2));
    const small = newPath('first.mp4');
    await writeExport(small, exportMp4, { segments: [first!], source });
    expect(last.video).toEqual((await decoded(small)).video);
  });

  /** A segment's parts in one, as its own track runs have it. */
  function wholeFragment(segment: ArchivedSegment, bytes: Uint8Array): Uint8Array {
    const { number, parts } = readSegment(segment, bytes);
    const packets = parts.flatMap((part) => part.packets);
    return fragmentOf(number, { ...parts[0]!, packets, durationMs: segment.durationMs });
  }

  /** The fragment with other decode times. */
  function movedTo(bytes: Uint8Array, atMs: number): Uint8Array {
    const head = Buffer.from(bytes.buffer, 0, 10_000);
    let at = 0;
    for (const timescale of [90_000, 44_100]) {
      at = head.indexOf('tfdt', at) + 8;
      head.writeBigUInt64BE(BigInt((atMs * timescale) / 1000), at);
    }
    return bytes;
  }

  /** Writes a file that has holes for the fillers' zeros; returns its size. */
  async function writeSparsely(path: string, chunks: ReturnType<Exporter>, hole: { from: number; to: number }) {
    const file = await open(path, 'w');
    let position = 0;
    for await (const chunk of chunks) {
      const pieces =
        chunk.length > hole.to
          ? ([
              [0, hole.from],
              [hole.to, chunk.length],
            ] as const)
          : ([[0, chunk.length]] as const);
      for (const [from, to] of pieces) await file.write(chunk, from, to - from, position + from);
      position += chunk.length;
    }
    await file.close();
    return position;
  }
});

it('refuses a transport stream of tracks that it can’t carry', async () => {
  const archive = testArchive([{ tags: await capture('enhanced-vp9opus.flv') }]);
  await expect(written(archive, exportTsSlice, 'none.ts')).rejects.toMatchObject({ code: 'TRACKS_UNSUPPORTED' });
});

function flvFile(tags: readonly FlvTag[]): Uint8Array {
  return Buffer.concat([encodeFileHeader({ hasVideo: true, hasAudio: true }), ...tags.map(encoded)]);
}

function encoded({ type, timestampMs, payload }: FlvTag): Uint8Array {
  return encodeTag(type, timestampMs, payload);
}

async function readAll(slices: readonly { readonly path: string }[]): Promise<Buffer[]> {
  return await Promise.all(slices.map(({ path }) => readFile(path)));
}

/** The moov is before the mdat, and each sample where it says. */
function expectMp4Box(bytes: Uint8Array, archive: TestArchive): void {
  const file = createFile(true);
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, 0));
  file.flush();
  const info = file.getInfo();
  expect([info.isFragmented, info.isProgressive]).toEqual([false, true]);
  for (const { id, type } of info.tracks) {
    const samples = file.getTrackSamplesInfo(id);
    expect(samples.map(({ offset, size }) => md5(bytes.subarray(offset, offset + size)))).toEqual(
      ofKind(pushed(archive), type!).map(({ hash }) => hash),
    );
  }
}

/** The metadata tells the file's size and where its key frames are. */
function expectIndex(bytes: Uint8Array, tags: readonly FlvTag[]): void {
  const { values } = decodeMetadata(tags[0]!.payload)!;
  expect(values.filesize).toBe(bytes.length);
  let at = fileHeaderBytes;
  const positions = new Map<number, FlvTag>();
  for (const tag of tags) {
    positions.set(at, tag);
    at += totalLength([encoded(tag)]);
  }
  const keyFrames = values.keyframes as { times: number[]; filepositions: number[] } | undefined;
  expect(keyFrames !== undefined).toBe(tags.some(({ type }) => type === 'video'));
  for (const [index, position] of (keyFrames?.filepositions ?? []).entries()) {
    const tag = positions.get(position)!;
    expect(tag.timestampMs).toBe(keyFrames!.times[index]! * 1000);
    expect(flvSamples([tag])).toMatchObject([{ kind: 'video', isKey: true }]);
  }
}
