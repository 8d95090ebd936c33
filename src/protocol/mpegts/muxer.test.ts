import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../bytes/index.ts';
import { encodeTsSegment, TS_PACKET_BYTES, type TsPacket, type TsTrack } from './index.ts';

const video: TsTrack = { kind: 'video', codec: 'h264' };
const audio: TsTrack = { kind: 'audio', codec: 'aac' };
const VIDEO_PID = 0x100;
const AUDIO_PID = 0x101;
const PMT_PID = 0x1000;

function packet(changed: Partial<TsPacket> = {}): TsPacket {
  return { kind: 'video', dts90k: 90_000, pts90k: 90_000, isKeyFrame: false, data: Uint8Array.of(1), ...changed };
}

function sound(dts90k: number, data = Uint8Array.of(9)): TsPacket {
  return packet({ kind: 'audio', dts90k, pts90k: dts90k, isKeyFrame: true, data });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

type Transport = { pid: number; isStart: boolean; counter: number; adaptation: Uint8Array; payload: Uint8Array };

function transports(bytes: Uint8Array): readonly Transport[] {
  expect(bytes.length % TS_PACKET_BYTES).toBe(0);
  return Array.from({ length: bytes.length / TS_PACKET_BYTES }, (_, index) => {
    const whole = bytes.subarray(index * TS_PACKET_BYTES, (index + 1) * TS_PACKET_BYTES);
    const [sync, high = 0, low = 0, control = 0, length = 0] = whole;
    expect(sync).toBe(0x47);
    const adaptation = whole.subarray(4, control & 0x20 ? 5 + length : 4);
    const payload = control & 0x10 ? whole.subarray(4 + adaptation.length) : new Uint8Array(0);
    return { pid: (high & 0x1f) * 256 + low, isStart: (high & 0x40) > 0, counter: control & 15, adaptation, payload };
  });
}

/** The PES packets of one PID, headers and all. */
function pesPackets(bytes: Uint8Array, pid: number): readonly Uint8Array[] {
  const groups: Uint8Array[][] = [];
  for (const one of transports(bytes)) {
    if (one.pid !== pid || one.payload.length === 0) continue;
    if (one.isStart) groups.push([]);
    groups.at(-1)!.push(one.payload);
  }
  return groups.map(concat);
}

function pesData(pes: Uint8Array): Uint8Array {
  return pes.subarray(9 + pes[8]!);
}

describe('encodeTsSegment', () => {
  it('begins with the tables of one program', () => {
    const [pat, pmt] = transports(encodeTsSegment({ tracks: [video, audio], packets: [] }));
    expect([pat!.pid, pat!.isStart, pmt!.pid, pmt!.isStart]).toEqual([0, true, PMT_PID, true]);
    // The PAT is byte for byte FFmpeg's for transport stream 1.
    expect(hex(pat!.payload.subarray(0, 17))).toBe('00' + '00b00d0001c10000' + '0001f000' + '2ab104b2');
    expect(hex(pmt!.payload.subarray(0, 23))).toBe(
      '00' + '02b0170001c10000' + 'e100f000' + '1be100f000' + '0fe101f000',
    );
    expect(pat!.payload.subarray(17).every((byte) => byte === 0xff)).toBe(true);
  });

  it.each<[TsTrack, string]>([
    [{ kind: 'video', codec: 'h264' }, 'e100f0001be100'],
    [{ kind: 'video', codec: 'h265' }, 'e100f00024e100'],
    [{ kind: 'audio', codec: 'aac' }, 'e101f0000fe101'],
    [{ kind: 'audio', codec: 'mp3' }, 'e101f00003e101'],
    [{ kind: 'audio', codec: 'mp3', isLowSampleRate: true }, 'e101f00004e101'],
  ])('puts the clock of %j on its PID, with its stream type', (track, expected) => {
    const [, pmt] = transports(encodeTsSegment({ tracks: [track], packets: [] }));
    expect(hex(pmt!.payload.subarray(9, 16))).toBe(expected);
  });

  it.each([
    ['equal times', packet(), '000001e0000084800521000' + '5bf21'],
    ['times apart', packet({ pts90k: 93_600 }), '000001e0000084c00a310005db41110005bf21'],
    [
      'times past 33 bits',
      packet({ dts90k: 2 ** 33 + 1, pts90k: 2 ** 34 - 1 }),
      '000001e0000084c00a3fffffffff1100010003',
    ],
  ])('writes a PES header with %s', (_name, one, expected) => {
    const bytes = encodeTsSegment({ tracks: [video], packets: [one] });
    expect(hex(pesPackets(bytes, VIDEO_PID)[0]!)).toBe(`${expected}01`);
  });

  it('says random access and the clock, 100 ms before dts, in front of a key frame', () => {
    const bytes = encodeTsSegment({ tracks: [video], packets: [packet({ isKeyFrame: true, dts90k: 99_001 })] });
    const base = 90_001;
    const clock = `${Math.floor(base / 2)
      .toString(16)
      .padStart(8, '0')}fe00`;
    const first = transports(bytes).find(({ pid }) => pid === VIDEO_PID);
    expect(hex(first!.adaptation.subarray(1, 8))).toBe(`50${clock}`);
  });

  it('repeats the tables before each key frame but the first', () => {
    const key = packet({ isKeyFrame: true });
    const packets = [sound(80_000), key, packet(), key, sound(90_000)];
    const all = transports(encodeTsSegment({ tracks: [video, audio], packets }));
    const pids = all.filter(({ isStart }) => isStart).map(({ pid }) => pid);
    const keyFrames = pids.flatMap((pid, index) => (pid === VIDEO_PID ? [index] : []));
    expect(pids.slice(0, 2)).toEqual([0, PMT_PID]);
    expect(keyFrames.length).toBe(3);
    expect(pids.slice(keyFrames[2]! - 2, keyFrames[2]!)).toEqual([0, PMT_PID]);
  });

  it('spreads its tables over a segment evenly', () => {
    const packets = Array.from({ length: 60 }, (_, index) => packet({ dts90k: index * 3000, pts90k: index * 3000 }));
    const pids = transports(encodeTsSegment({ tracks: [video], packets })).map(({ pid }) => pid);
    const tables = pids.flatMap((pid, index) => (pid === 0 ? [index] : []));
    expect(tables.length).toBe(16);
    for (const [index, at] of tables.entries()) if (index > 0) expect(at - tables[index - 1]!).toBeLessThan(10);
  });

  it.each([
    ['five short frames', [0, 1500, 3000, 4500, 6000, 7500], [5, 1]],
    ['100 ms', [0, 1920, 3840, 5760, 7680, 9600], [4, 2]],
    ['a gap', [0, 1920, 9000, 10_920], [2, 2]],
    ['an overlap', [0, 1920, 2000, 3920], [2, 2]],
    ['milliseconds that jitter', [0, 1890, 3870, 5760], [4]],
    ['a step back', [5000, 5000], [1, 1]],
    ['frames of 100 ms', [0, 9000, 18_000], [1, 1, 1]],
  ])('ends an audio PES packet after %s', (_name, times, expected) => {
    const packets = times.map((time) => sound(90_000 + time));
    const bytes = encodeTsSegment({ tracks: [audio], packets });
    expect(pesPackets(bytes, AUDIO_PID).map((pes) => pesData(pes).length)).toEqual(expected);
  });

  it('ends an audio PES packet before 64 KiB', () => {
    const packets = [0, 1, 2].map((index) => sound(90_000 + index * 1920, new Uint8Array(30_000)));
    const bytes = encodeTsSegment({ tracks: [audio], packets });
    expect(pesPackets(bytes, AUDIO_PID).map((pes) => pesData(pes).length)).toEqual([60_000, 30_000]);
  });

  it('stuffs frames of every size', () => {
    for (let size = 0; size < 400; size++) {
      const data = new Uint8Array(size).fill(7);
      for (const isKeyFrame of [true, false]) {
        const bytes = encodeTsSegment({ tracks: [video], packets: [packet({ data, isKeyFrame })] });
        expect(hex(pesData(pesPackets(bytes, VIDEO_PID)[0]!))).toBe(hex(data));
        expect(bytes.buffer.byteLength).toBe(bytes.length);
      }
    }
  });

  it('gives back all data in order, with counters that go on from any segment to any other', () => {
    fc.assert(
      fc.property(fc.array(frames(), { minLength: 1, maxLength: 3 }), (segments) => {
        const all = segments.map((packets) => encodeTsSegment({ tracks: [video, audio], packets }));
        const bytes = concat(all);
        for (const [kind, pid] of [['video', VIDEO_PID] as const, ['audio', AUDIO_PID] as const]) {
          const expected = segments.flat().filter((one) => one.kind === kind);
          expect(concat(pesPackets(bytes, pid).map(pesData))).toEqual(concat(expected.map(({ data }) => data)));
          expectCountersToGoOn(bytes, pid);
        }
        for (const pid of [0, PMT_PID]) expectCountersToGoOn(bytes, pid);
      }),
    );
  });

  it.each([
    [1, 'a reset'],
    [14, 'a reset'],
    [15, 'no reset'],
    [5000, 'no reset'],
  ])('ends %d bytes of a track with %s', (size, expected) => {
    const packets = [packet({ data: new Uint8Array(size) })];
    const all = transports(encodeTsSegment({ tracks: [video], packets })).filter(({ pid }) => pid === VIDEO_PID);
    const resets = all.filter(({ adaptation }) => (adaptation[1] ?? 0) & 0x80);
    expect(resets.length > 0 ? 'a reset' : 'no reset').toBe(expected);
    if (resets.length === 0) expect(all.length % 16).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['two video tracks', () => encodeTsSegment({ tracks: [video, video], packets: [] })],
    ['a packet without a track', () => encodeTsSegment({ tracks: [audio], packets: [packet()] })],
    ['a negative dts', () => encodeTsSegment({ tracks: [video], packets: [packet({ dts90k: -1 })] })],
    ['a fractional pts', () => encodeTsSegment({ tracks: [video], packets: [packet({ pts90k: 0.5 })] })],
    [
      'an audio frame of 64 KiB',
      () => encodeTsSegment({ tracks: [audio], packets: [sound(0, new Uint8Array(65_536))] }),
    ],
  ])('refuses %s', (_name, encode) => {
    expect(encode).toThrow(RangeError);
  });
});

function frames(): fc.Arbitrary<readonly TsPacket[]> {
  const one = fc.record({
    kind: fc.constantFrom('video' as const, 'audio' as const),
    step: fc.nat(20_000),
    offset: fc.nat(9000),
    isKeyFrame: fc.boolean(),
    data: fc.uint8Array({ maxLength: 900 }),
  });
  return fc.array(one, { maxLength: 12 }).map((list) => {
    let dts90k = 0;
    return list.map(({ kind, step, offset, isKeyFrame, data }) => {
      dts90k += step;
      return { kind, dts90k, pts90k: dts90k + (kind === 'video' ? offset : 0), isKeyFrame, data };
    });
  });
}

/** Packets without payload repeat the counter before, or say that counting goes on at 0. */
function expectCountersToGoOn(bytes: Uint8Array, pid: number): void {
  let next = 0;
  for (const one of transports(bytes)) {
    if (one.pid !== pid) continue;
    const isReset = ((one.adaptation[1] ?? 0) & 0x80) !== 0;
    if (!isReset) expect(one.counter).toBe(one.payload.length > 0 ? next : (next + 15) % 16);
    if (isReset) next = (one.counter + 1) % 16;
    else if (one.payload.length > 0) next = (next + 1) % 16;
  }
  expect(next).toBe(0);
}
