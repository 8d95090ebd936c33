import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../bytes/index.ts';
import { encodeTsSegment, type TsPacket, type TsTrack } from './index.ts';

const run = promisify(execFile);
const VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=size=192x108:rate=25:duration=2'];
const SLOW_VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=size=192x108:rate=2:duration=6'];
const AUDIO = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=2'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'];
const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'bframes=2:keyint=25:log-level=0'];
const AAC = ['-c:a', 'aac', '-ac', '2'];
const MP3 = ['-c:a', 'libmp3lame'];
const h264: TsTrack = { kind: 'video', codec: 'h264' };
const h265: TsTrack = { kind: 'video', codec: 'h265' };
const aac: TsTrack = { kind: 'audio', codec: 'aac' };
const mp3: TsTrack = { kind: 'audio', codec: 'mp3' };

type Case = { readonly name: string; readonly arguments: readonly string[]; readonly tracks: readonly TsTrack[] };

const cases: readonly Case[] = [
  { name: 'H.264 with B-frames and AAC', arguments: [...VIDEO, ...AUDIO, ...X264, ...AAC], tracks: [h264, aac] },
  { name: 'H.264 alone', arguments: [...VIDEO, ...X264], tracks: [h264] },
  { name: 'AAC alone', arguments: [...AUDIO, ...AAC], tracks: [aac] },
  { name: 'H.265 with B-frames and AAC', arguments: [...VIDEO, ...AUDIO, ...X265, ...AAC], tracks: [h265, aac] },
  { name: 'MP3 alone', arguments: [...AUDIO, ...MP3], tracks: [mp3] },
  {
    name: 'MP3 of a low rate',
    arguments: [...AUDIO, ...MP3, '-ar', '24000'],
    tracks: [{ kind: 'audio', codec: 'mp3', isLowSampleRate: true }],
  },
  { name: 'two frames a second and AAC', arguments: [...SLOW_VIDEO, ...AUDIO, ...X264, ...AAC], tracks: [h264, aac] },
];

/** Added to all times, so that the clock's lead fits before them. */
const START_90K = 90_000;
const CLOCK_LEAD_90K = 9000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mpegts-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(cases)('transport stream of $name', ({ name, arguments: encoderArguments, tracks }) => {
  const base = () => join(folder, name.replaceAll(/\W/g, '-'));
  const source = () => `${base()}-source.ts`;
  const remuxed = () => `${base()}-remuxed.ts`;
  let packets: readonly TsPacket[] = [];
  let bytes: Uint8Array = new Uint8Array(0);

  beforeAll(async () => {
    // MPEG-TS as the source keeps 90 kHz times exact; its elementary streams are taken apart anew.
    await run('ffmpeg', ['-v', 'error', ...encoderArguments, '-muxdelay', '0', '-f', 'mpegts', source()]);
    packets = await readPackets(source(), tracks);
    bytes = encodeInTwoSegments(tracks, packets);
    await writeFile(remuxed(), bytes);
  }, 60_000);

  it('has the packets of the source, with their times', async () => {
    const found = await timesOf(remuxed());
    expect(found.length).toBeGreaterThan(11);
    expect(found).toEqual(
      packets.map(({ kind, dts90k, pts90k }) => ({ kind, dts90k, pts90k })).toSorted(byKindAndTime),
    );
  });

  it('decodes without complaint to the frames of the source', async () => {
    for (const track of tracks) {
      const expected = await framesOf(source(), track.kind);
      expect(expected.length).toBeGreaterThan(11);
      expect(await framesOf(remuxed(), track.kind)).toEqual(expected);
    }
  });

  it('counts without a gap on each PID, and its clock comes every 100 ms and before dts', () => {
    const counters = new Map<number, number>();
    const clocks: number[] = [];
    for (let at = 0; at < bytes.length; at += 188) {
      const packet = bytes.subarray(at, at + 188);
      expect(packet[0]).toBe(0x47);
      const pid = ((packet[1]! & 0x1f) << 8) + packet[2]!;
      const hasPayload = (packet[3]! & 0x10) !== 0;
      const counter = packet[3]! & 0x0f;
      const last = counters.get(pid);
      if (last !== undefined) expect(counter).toBe(hasPayload ? (last + 1) % 16 : last);
      counters.set(pid, counter);
      const clock = clockOf(packet);
      if (clock !== undefined) clocks.push(clock);
    }
    expect(clocks[0]).toBeLessThan(Math.min(...packets.map(({ dts90k }) => dts90k)));
    // Video alone with frames far apart has a clock per frame, so the slow clip is judged where it has sound.
    const judged = packets.filter(({ kind }) => tracks.length === 1 || kind === 'audio').map(({ dts90k }) => dts90k);
    const from = Math.min(...judged) - CLOCK_LEAD_90K;
    const to = Math.max(...judged) - CLOCK_LEAD_90K;
    const steps = clocks.map((clock, index) => ({ clock, step: clock - (clocks[index - 1] ?? clock) }));
    expect(Math.min(...steps.map(({ step }) => step))).toBeGreaterThanOrEqual(0);
    for (const { clock, step } of steps) if (clock > from && clock <= to) expect(step).toBeLessThanOrEqual(9000);
  });
});

/** Cuts at the second half's first key frame, or in the middle. */
function encodeInTwoSegments(tracks: readonly TsTrack[], packets: readonly TsPacket[]): Uint8Array {
  const middle = Math.floor(packets.length / 2);
  const cut = tracks.some(({ kind }) => kind === 'video')
    ? packets.findIndex(({ kind, isKeyFrame }, index) => index > 0 && kind === 'video' && isKeyFrame)
    : middle;
  const at = cut < 0 ? middle : cut;
  return concat([packets.slice(0, at), packets.slice(at)].map((part) => encodeTsSegment({ tracks, packets: part })));
}

type Times = Pick<TsPacket, 'kind' | 'dts90k' | 'pts90k'>;
type ProbedPacket = { codec_type: 'video' | 'audio'; pts: number; dts: number; flags: string };

async function probe(path: string): Promise<readonly ProbedPacket[]> {
  const fields = 'packet=codec_type,pts,dts,flags';
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_packets',
    '-show_entries',
    fields,
    '-of',
    'json',
    path,
  ]);
  return JSON.parse(stdout).packets;
}

async function timesOf(path: string): Promise<readonly Times[]> {
  const packets = await probe(path);
  return packets
    .map((packet) => ({ kind: packet.codec_type, dts90k: packet.dts, pts90k: packet.pts }))
    .toSorted(byKindAndTime);
}

function byKindAndTime(a: Times, b: Times): number {
  return a.kind.localeCompare(b.kind) || a.dts90k - b.dts90k;
}

async function readPackets(path: string, tracks: readonly TsTrack[]): Promise<readonly TsPacket[]> {
  const probed = await probe(path);
  const packets: TsPacket[] = [];
  for (const track of tracks) {
    const units = await elementaryUnits(path, track);
    const times = probed.filter((packet) => packet.codec_type === track.kind);
    expect(units.length).toBe(times.length);
    for (const [index, data] of units.entries()) {
      const { pts, dts, flags } = times[index]!;
      const isKeyFrame = flags.startsWith('K');
      packets.push({ kind: track.kind, dts90k: dts + START_90K, pts90k: pts + START_90K, isKeyFrame, data });
    }
  }
  return packets.toSorted((a, b) => a.dts90k - b.dts90k);
}

async function elementaryUnits(path: string, track: TsTrack): Promise<readonly Uint8Array[]> {
  const format = { h264: 'h264', h265: 'hevc', aac: 'adts', mp3: 'mp3' }[track.codec];
  const filter = { h264: ['-bsf:v', 'h264_metadata=aud=insert'], h265: ['-bsf:v', 'hevc_metadata=aud=insert'] };
  const output = `${path}.${format}`;
  const chosen = track.kind === 'video' ? filter[track.codec] : ['-id3v2_version', '0', '-write_xing', '0'];
  await run('ffmpeg', [
    '-v',
    'error',
    '-i',
    path,
    '-map',
    `0:${track.kind[0]}`,
    '-c',
    'copy',
    ...chosen,
    '-f',
    format,
    output,
  ]);
  const stream = await readFile(output);
  if (track.kind === 'video') {
    return splitBefore(stream, Buffer.from(track.codec === 'h264' ? '0000000109' : '000000014601', 'hex'));
  }
  return track.codec === 'aac' ? splitAdts(stream) : splitMp3(stream);
}

function splitBefore(stream: Buffer, delimiter: Buffer): readonly Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = stream.indexOf(delimiter); at >= 0; ) {
    const next = stream.indexOf(delimiter, at + 1);
    units.push(stream.subarray(at, next < 0 ? stream.length : next));
    at = next;
  }
  return units;
}

function splitAdts(stream: Buffer): readonly Uint8Array[] {
  return splitByLength(stream, (at) => (stream.readUInt32BE(at + 3) >>> 13) & 0x1fff);
}

/** Layer III at 48 kHz, or half-size frames at 24 kHz. */
function splitMp3(stream: Buffer): readonly Uint8Array[] {
  const kbps1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
  const kbps2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
  return splitByLength(stream, (at) => {
    const isMpeg1 = (stream[at + 1]! & 0x08) !== 0;
    const padding = (stream[at + 2]! >> 1) & 1;
    const rateIndex = stream[at + 2]! >> 4;
    return (isMpeg1 ? (144 * kbps1[rateIndex]!) / 48 : (72 * kbps2[rateIndex]!) / 24) + padding;
  });
}

function splitByLength(stream: Buffer, lengthAt: (at: number) => number): readonly Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += units.at(-1)!.length) {
    units.push(stream.subarray(at, at + Math.max(1, lengthAt(at))));
  }
  return units;
}

/** Hashes of the decoded frames; fails on anything FFmpeg complains about. */
async function framesOf(path: string, kind: TsTrack['kind']): Promise<readonly string[]> {
  const { stdout, stderr } = await run('ffmpeg', [
    '-v',
    'warning',
    '-i',
    path,
    '-map',
    `0:${kind[0]}`,
    '-f',
    'framemd5',
    '-',
  ]);
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').slice(3).join());
}

function clockOf(packet: Uint8Array): number | undefined {
  const hasClock = (packet[3]! & 0x20) !== 0 && packet[4]! > 0 && (packet[5]! & 0x10) !== 0;
  if (!hasClock) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  return view.getUint32(6) * 2 + (packet[10]! >> 7);
}
