import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, MalformedError } from '../bytes/index.ts';
import {
  accessUnitDelimiter,
  annexBNalUnits,
  avcCodecString,
  decodeAvcConfig,
  decodeAvcSps,
  encodeAvcConfig,
  fromAnnexB,
  hasIdr,
  nalUnits,
  rbspOf,
  toAnnexB,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Records as FFmpeg 5.1 with x264 wrote them, and what ffprobe says of the files. */
const records = [
  {
    name: 'main 1280x720',
    record: '014d401fffe10019674d401feca02802dd8088000003000800000301e078c18cb001000568ebe3cb20',
    codec: 'avc1.4d401f',
    sps: { profile: 77, level: 31, width: 1280, height: 720, chromaFormat: 1, bitDepthLuma: 8, isInterlaced: false },
    vui: { frameRate: 30, sampleAspectRatio: { width: 1, height: 1 }, maxReorderFrames: 2 },
  },
  {
    name: 'high 1918x1078 with colour',
    record: '01640028ffe1001d67640028acd940780227a9b016a020202800001f480007530078c18cb001000668ebe3cb22c0fdf8f800',
    codec: 'avc1.640028',
    sps: { profile: 100, level: 40, width: 1918, height: 1078, chromaFormat: 1, isInterlaced: false },
    vui: {
      frameRate: 30000 / 1001,
      colour: { isFullRange: false, primaries: 1, transfer: 1, matrix: 1 },
      isFixedFrameRate: false,
    },
  },
  {
    name: 'high 4:2:2 10 bits, interlaced 720x576',
    record: '017a001effe1001e677a001eb6cd940b424dff802000168800000300080000030190f8a14cb001000668fba3cb22c0fefafa00',
    codec: 'avc1.7a001e',
    sps: { profile: 122, width: 720, height: 576, chromaFormat: 2, bitDepthLuma: 10, isInterlaced: true },
    vui: { frameRate: 25, sampleAspectRatio: { width: 64, height: 45 } },
  },
  {
    name: 'high 640x480 with HRD',
    record:
      '0164001effe100246764001eacd940a03db01100000300010000030032602001e840007a13930c01e2c5b2c001000668ebecb3002cfdf8f800',
    codec: 'avc1.64001e',
    sps: { profile: 100, level: 30, width: 640, height: 480 },
    vui: { frameRate: 25, maxReorderFrames: 2 },
  },
  {
    name: 'constrained baseline 640x480',
    record: '0142c01effe100186742c01ed900a03db011000003000100000300320f162e4801000568cb83cb20',
    codec: 'avc1.42c01e',
    sps: { profile: 66, constraintFlags: 0xc0, width: 640, height: 480, maxReferenceFrames: 3 },
    vui: { frameRate: 25, maxReorderFrames: 0 },
  },
] as const;

describe('AVCDecoderConfigurationRecord', () => {
  it.each(records)('$name decodes and encodes back', ({ record, codec }) => {
    const config = decodeAvcConfig(bytes(record));
    expect(avcCodecString(config)).toBe(codec);
    expect(config).toMatchObject({ nalLengthSize: 4, sps: { length: 1 }, pps: { length: 1 } });
    expect(encodeAvcConfig(config)).toEqual(bytes(record));
  });

  it('reads the high profile extension', () => {
    expect(decodeAvcConfig(bytes(records[2].record)).highProfile).toEqual({
      chromaFormat: 2,
      bitDepthLuma: 10,
      bitDepthChroma: 10,
      spsExtensions: [],
    });
  });

  it('does without the high profile extension', () => {
    const short = bytes(records[1].record).subarray(0, -4);
    const config = decodeAvcConfig(short);
    expect(config.highProfile).toBeUndefined();
    expect(encodeAvcConfig(config)).toEqual(new Uint8Array(short));
  });

  it('encodes what it decodes, whatever the parameter sets', () => {
    const sets = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });
    const length = fc.constantFrom<1 | 2 | 4>(1, 2, 4);
    fc.assert(
      fc.property(sets, sets, length, fc.nat(255), (sps, pps, nalLengthSize, level) => {
        const config = { profile: 66, constraintFlags: 0xc0, level, nalLengthSize, sps, pps };
        expect(decodeAvcConfig(encodeAvcConfig(config))).toEqual(config);
      }),
    );
  });

  it.each([
    ['version 2', '024d401fffe1'],
    ['a length size of 3', '014d401ffee1'],
    ['an SPS cut off', '014d401fffe10019674d'],
    ['nothing', ''],
  ])('refuses %s', (_, record) => {
    expect(() => decodeAvcConfig(bytes(record))).toThrow(MalformedError);
  });
});

describe('decodeAvcSps', () => {
  it.each(records)('$name', ({ record, sps, vui }) => {
    const decoded = decodeAvcSps(decodeAvcConfig(bytes(record)).sps[0]!);
    expect(decoded).toMatchObject(sps);
    expect(decoded.vui).toMatchObject(vui);
  });

  it('refuses another NAL unit', () => {
    expect(() => decodeAvcSps(bytes('68ebe3cb20'))).toThrow('NAL unit type 8');
  });

  const sps = (widthInMbs: number, heightInMbs: number, crop: readonly number[]) => {
    const writer = new BitWriter().bits(0x67, 8).bits(66, 8).bits(0, 8).bits(30, 8);
    writer.ue(0).ue(0).ue(0).ue(0).ue(1).flag(false);
    writer.ue(widthInMbs - 1).ue(heightInMbs - 1);
    writer
      .flag(true)
      .flag(true)
      .flag(crop.length > 0);
    for (const value of crop) writer.ue(value);
    return writer.flag(false).flag(true).toBytes();
  };

  it('crops in units of two luma samples', () => {
    expect(decodeAvcSps(sps(120, 68, [0, 0, 0, 4]))).toMatchObject({ width: 1920, height: 1080, vui: undefined });
    expect(decodeAvcSps(sps(40, 23, [1, 2, 3, 1]))).toMatchObject({ width: 634, height: 360 });
  });

  it('skips scaling lists and a picture order count of type 1', () => {
    const writer = new BitWriter().bits(0x67, 8).bits(244, 8).bits(0, 8).bits(41, 8).ue(0);
    writer.ue(3).flag(false).ue(2).ue(1).flag(false); // 4:4:4, 10 and 9 bits
    writer.flag(true).flag(true);
    for (let i = 0; i < 16; i++) writer.ue(1); // deltas of 1
    writer.flag(true).ue(16); // -8: the default list
    for (let i = 2; i < 11; i++) writer.flag(false);
    writer.flag(true);
    for (let i = 0; i < 64; i++) writer.ue(1 + (i % 2));
    writer.ue(0).ue(1).flag(true).ue(3).ue(4).ue(2).ue(5).ue(6); // type 1 with two offsets
    writer.ue(2).flag(false).ue(19).ue(9).flag(true).flag(true).flag(true).ue(1).ue(0).ue(0).ue(3).flag(false);
    expect(decodeAvcSps(writer.flag(true).toBytes())).toMatchObject({
      chromaFormat: 3,
      bitDepthLuma: 10,
      bitDepthChroma: 9,
      width: 319,
      height: 157,
      maxReferenceFrames: 2,
    });
  });

  it.each([
    ['a side too long', sps(1025, 1, [])],
    ['too many pixels', sps(1024, 1024, [])],
    ['a height past 2^31', sps(1, 2 ** 31, [])],
    ['nothing left', sps(1, 1, [4, 4, 0, 0])],
  ])('refuses %s', (_, nalUnit) => {
    expect(() => decodeAvcSps(nalUnit)).toThrow(MalformedError);
  });
});

describe('NAL units', () => {
  const units = [bytes('0910'), bytes('67aabb'), bytes('65cc')];

  it.each([
    [1, '02 0910 03 67aabb 02 65cc'],
    [2, '0002 0910 0003 67aabb 0002 65cc'],
    [4, '00000002 0910 00000003 67aabb 00000002 65cc'],
  ] as const)('with lengths of %d bytes', (size, accessUnit) => {
    expect([...nalUnits(bytes(accessUnit), size)]).toEqual(units);
    expect(hasIdr(bytes(accessUnit), size)).toBe(true);
    expect(toAnnexB(bytes(accessUnit), size)).toEqual(bytes('00000001 0910 00000001 67aabb 00000001 65cc'));
  });

  it('leaves empty units out', () => {
    expect([...nalUnits(bytes('00000000 00000001 41'), 4)]).toEqual([bytes('41')]);
    expect(hasIdr(bytes('00000001 41'), 4)).toBe(false);
  });

  it.each(['00000003 6500', 'ffffffff 65', '0000'])('refuses %s', (accessUnit) => {
    expect(() => [...nalUnits(bytes(accessUnit), 4)]).toThrow(MalformedError);
  });

  it('prepends, and then drops the delimiter of the access unit', () => {
    const accessUnit = bytes('00000002 0910 00000002 65cc');
    expect(toAnnexB(accessUnit, 4, [accessUnitDelimiter, bytes('6742')])).toEqual(
      bytes('00000001 09f0 00000001 6742 00000001 65cc'),
    );
  });

  it('is the same after Annex B and back', () => {
    const nalUnit = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((body) => body.map((byte) => byte | 1));
    fc.assert(
      fc.property(fc.array(nalUnit, { maxLength: 5 }), (list) => {
        const accessUnit = Buffer.concat(list.flatMap((unit) => [Uint8Array.of(0, 0, 0, unit.length), unit]));
        expect(fromAnnexB(toAnnexB(accessUnit, 4))).toEqual(new Uint8Array(accessUnit));
      }),
    );
  });

  it.each([
    ['three-byte start codes', '000001 09f0 000001 65aa', ['09f0', '65aa']],
    ['trailing zeros', '00000001 65aa 0000 00000001 41bb 00', ['65aa', '41bb']],
    ['bytes before the first', 'ff 000001 41', ['41']],
    ['an empty unit', '000001 000001 41', ['41']],
    ['no start code', '4142', []],
  ])('finds them after %s', (_, stream, expected) => {
    expect([...annexBNalUnits(bytes(stream))]).toEqual(expected.map(bytes));
  });

  it('removes emulation prevention', () => {
    expect(rbspOf(bytes('67 000003 01 000003 000003 41 0003'))).toEqual(bytes('0000 01 0000 0000 41 0003'));
  });
});
