import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFile, type ISOFile, MP4BoxBuffer, type Sample } from 'mp4box';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../bytes/index.ts';
import { encodeFragment, encodeInitSegment, type Fmp4Sample, type Fmp4Track } from './index.ts';

const run = promisify(execFile);
const VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=size=192x108:rate=25:duration=2'];
const AUDIO = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=2'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'];
const X265 = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'bframes=2:keyint=25:log-level=0',
  '-tag:v',
  'hvc1',
];
const AAC = ['-c:a', 'aac', '-ac', '2'];

type Case = {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly codecs: readonly Fmp4Track['codec'][];
};

const cases: readonly Case[] = [
  { name: 'H.264 with B-frames and AAC', arguments: [...VIDEO, ...AUDIO, ...X264, ...AAC], codecs: ['h264', 'aac'] },
  { name: 'H.264 alone', arguments: [...VIDEO, ...X264], codecs: ['h264'] },
  { name: 'AAC alone', arguments: [...AUDIO, ...AAC], codecs: ['aac'] },
  { name: 'H.265 with B-frames and AAC', arguments: [...VIDEO, ...AUDIO, ...X265, ...AAC], codecs: ['h265', 'aac'] },
  { name: 'H.264 and Opus', arguments: [...VIDEO, ...AUDIO, ...X264, '-c:a', 'libopus'], codecs: ['h264', 'opus'] },
  {
    name: 'VP9 and FLAC',
    arguments: [...VIDEO, ...AUDIO, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'flac'],
    codecs: ['vp9', 'flac'],
  },
  {
    name: 'AV1 and MP3',
    arguments: [...VIDEO, ...AUDIO, '-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-c:a', 'libmp3lame'],
    codecs: ['av1', 'mp3'],
  },
];

const CONFIG_BOX = { h264: 'avcC', h265: 'hvcC', av1: 'av1C', vp9: 'vpcC', opus: 'dOps', flac: 'dfLa' } as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fmp4-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(cases)('fragmented $name', ({ name, arguments: encoderArguments, codecs }) => {
  const base = () => join(folder, name.replaceAll(/\W/g, '-'));
  const source = () => `${base()}-source.mp4`;
  const remuxed = () => `${base()}-remuxed.mp4`;
  let bytes: Uint8Array = new Uint8Array(0);
  let tracks: readonly SourceTrack[] = [];

  beforeAll(async () => {
    await run('ffmpeg', ['-v', 'error', ...encoderArguments, '-strict', '-2', '-use_editlist', '0', source()]);
    const file = await readFile(source());
    tracks = readTracks(file, codecs);
    bytes = concat([encodeInitSegment(tracks), ...encodeFragments(file, tracks)]);
    await writeFile(remuxed(), bytes);
  }, 60_000);

  it('has the packets of the source, with their times and sizes', async () => {
    const expected = await packetsOf(source());
    expect(expected.length).toBeGreaterThan(49);
    expect(await packetsOf(remuxed())).toEqual(expected);
  });

  it('decodes to the frames of the source', async () => {
    const expected = await framesOf(source());
    expect(expected.length).toBeGreaterThan(49);
    expect(await framesOf(remuxed())).toEqual(expected);
  });

  it('is read by mp4box as the same tracks and samples', () => {
    const file = openMp4(bytes);
    const info = file.getInfo();
    expect(info.isFragmented).toBe(true);
    for (const track of tracks) {
      const samples = file.getTrackSamplesInfo(track.trackId);
      expect(samples.map(timesOf)).toEqual(track.samples.map(timesOf));
      expect(info.tracks.find(({ id }) => id === track.trackId)?.timescale).toBe(track.timescale);
    }
  });
});

type SourceTrack = Fmp4Track & { readonly samples: readonly Sample[] };

function openMp4(bytes: Uint8Array): ISOFile {
  const file = createFile(true);
  const buffer = new Uint8Array(bytes).buffer;
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(buffer, 0));
  file.flush();
  return file;
}

function readTracks(bytes: Uint8Array, codecs: readonly Fmp4Track['codec'][]): readonly SourceTrack[] {
  const file = openMp4(bytes);
  return file.getInfo().tracks.map((track, index) => {
    const codec = codecs[index]!;
    const config = configOf(bytes, codec);
    const shared = {
      trackId: track.id,
      timescale: track.timescale,
      config,
      samples: file.getTrackSamplesInfo(track.id),
    };
    return codec === 'h264' || codec === 'h265' || codec === 'av1' || codec === 'vp9'
      ? { ...shared, kind: 'video', codec, width: track.video!.width, height: track.video!.height }
      : { ...shared, kind: 'audio', codec, sampleRate: track.audio!.sample_rate, channels: track.audio!.channel_count };
  });
}

function configOf(bytes: Uint8Array, codec: Fmp4Track['codec']): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (codec === 'mp3') return new Uint8Array(0);
  if (codec === 'aac') {
    // A DecoderSpecificInfo with a four-byte length, as FFmpeg writes it.
    const at = file.indexOf(Buffer.of(0x05, 0x80, 0x80, 0x80), file.indexOf('esds')) + 4;
    return file.subarray(at + 1, at + 1 + file[at]!);
  }
  const at = file.indexOf(CONFIG_BOX[codec]);
  const box = file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4));
  if (codec === 'flac') return box.subarray(4);
  return codec === 'opus' ? opusHead(box) : box;
}

/** The little-endian OpusHead of a big-endian dOps. */
function opusHead(dOps: Buffer): Uint8Array {
  const head = Buffer.concat([Buffer.from('OpusHead'), dOps]);
  head[8] = 1;
  head.writeUInt16LE(dOps.readUInt16BE(2), 10);
  head.writeUInt32LE(dOps.readUInt32BE(4), 12);
  head.writeUInt16LE(dOps.readUInt16BE(8), 16);
  return head;
}

/** Fragments of 0.48 s, so that some begin without a key frame; every other one with an styp. */
function encodeFragments(file: Uint8Array, tracks: readonly SourceTrack[]): readonly Uint8Array[] {
  const fragments: Uint8Array[] = [];
  const indexOf = (track: SourceTrack, sample: Sample) => Math.floor(sample.dts / track.timescale / 0.48);
  for (let index = 0; ; index++) {
    const runs = tracks.map((track) => {
      const samples = track.samples.filter((sample) => indexOf(track, sample) === index);
      return {
        trackId: track.trackId,
        baseMediaDecodeTime: samples[0]?.dts ?? 0,
        samples: samples.map((sample, nth) => toFmp4Sample(file, sample, nth)),
      };
    });
    if (runs.every(({ samples }) => samples.length === 0)) return fragments;
    fragments.push(encodeFragment({ sequenceNumber: index + 1, tracks: runs, withStyp: index % 2 === 0 }));
  }
}

/** Every third sample is handed over in two pieces. */
function toFmp4Sample(file: Uint8Array, sample: Sample, nth: number): Fmp4Sample {
  const data = file.subarray(sample.offset, sample.offset + sample.size);
  return {
    durationTicks: sample.duration,
    sizeBytes: sample.size,
    compositionOffsetTicks: sample.cts - sample.dts,
    isSync: sample.is_sync,
    data: nth % 3 === 0 ? [data.subarray(0, 5), data.subarray(5)] : data,
  };
}

function timesOf({ dts, cts, duration, size, is_sync }: Sample): object {
  return { dts, cts, duration, size, is_sync };
}

async function packetsOf(path: string): Promise<readonly string[]> {
  const fields = 'packet=stream_index,pts,dts,size,flags';
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_packets',
    '-show_entries',
    fields,
    '-of',
    'csv=p=0',
    path,
  ]);
  return stdout.trim().split('\n').toSorted();
}

async function framesOf(path: string): Promise<readonly string[]> {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0', '-f', 'framemd5', '-']);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .toSorted();
}
