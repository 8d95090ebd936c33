import { describe, expect, it } from 'vitest';
import { BitWriter, MalformedError } from '../bytes/index.ts';
import {
  decodeHevcConfig,
  decodeHevcSps,
  encodeHevcConfig,
  hasIrap,
  hevcAccessUnitDelimiter,
  hevcCodecString,
  hevcNalUnits,
  hevcNalUnitsOfType,
  hevcParameterSets,
  hevcToAnnexB,
  isIrapType,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Parameter sets as x265 wrote them, and what ffprobe says of the files. */
const streams = [
  {
    name: 'Main 640x362',
    head: '0101600000009000000000003ff000fcfdf8f800000f03',
    vps: '40010c01ffff01600000030090000003000003003f959809',
    spsUnit: '42010101600000030090000003000003003fa005020171f265959a4932bc05a02000000300200000030321',
    pps: '4401c172b46240',
    codec: 'hvc1.1.6.L63.90',
    sps: { width: 640, height: 362, chromaFormat: 1, bitDepthLuma: 8, temporalLayers: 1 },
    vui: { frameRate: 25 },
  },
  {
    name: 'Main 10 1280x720 HDR',
    head: '01022000000090000000000078f000fcfdfafa00000f03',
    vps: '40010c01ffff022000000300900000030000030078959809',
    spsUnit: '420101022000000300900000030000030078a00280802d1365959a4932bc05a848804820000003002000000641',
    pps: '4401c172b46240',
    codec: 'hvc1.2.4.L120.90',
    sps: { width: 1280, height: 720, bitDepthLuma: 10, bitDepthChroma: 10 },
    vui: { frameRate: 50, colour: { isFullRange: false, primaries: 9, transfer: 16, matrix: 9 } },
  },
] as const;

const array = (type: number, unit: string) =>
  Buffer.concat([Uint8Array.of(0x80 | type, 0, 1, 0, unit.length / 2), bytes(unit)]).toString('hex');
const recordOf = (stream: (typeof streams)[number]) =>
  bytes(stream.head + array(32, stream.vps) + array(33, stream.spsUnit) + array(34, stream.pps));

describe('HEVCDecoderConfigurationRecord', () => {
  it.each(streams)('$name decodes and encodes back', (stream) => {
    const config = decodeHevcConfig(recordOf(stream));
    expect(config).toMatchObject({ nalLengthSize: 4, temporalLayers: 1, isTemporalIdNested: true });
    expect(hevcCodecString(config)).toBe(stream.codec);
    expect(hevcParameterSets(config)).toEqual([stream.vps, stream.spsUnit, stream.pps].map(bytes));
    expect(hevcNalUnitsOfType(config, 39)).toEqual([]);
    expect(encodeHevcConfig(config)).toEqual(recordOf(stream));
  });

  it.each([
    ['version 2', '02'],
    ['a length size of 3', streams[0].head.replace(/0f03$/, '0e00')],
    ['an array cut off', streams[0].head],
    ['nothing', ''],
  ])('refuses %s', (_, record) => {
    expect(() => decodeHevcConfig(bytes(record))).toThrow(MalformedError);
  });
});

describe('hevcCodecString', () => {
  const profile = { space: 0, isHighTier: false, profile: 1, compatibilityFlags: 0x60000000, level: 93 };
  it.each([
    [{ constraintFlags: bytes('b00000000000') }, 'hvc1.1.6.L93.B0'],
    [{ constraintFlags: bytes('000000000000') }, 'hvc1.1.6.L93'],
    [{ constraintFlags: bytes('900001000000'), isHighTier: true }, 'hvc1.1.6.H93.90.0.1'],
    [{ constraintFlags: bytes('b00000000000'), space: 2, compatibilityFlags: 1 }, 'hvc1.B1.80000000.L93.B0'],
  ])('%o', (changes, expected) => {
    expect(hevcCodecString({ ...profile, ...changes })).toBe(expected);
  });
});

/** As x265 wrote it with temporal layers, default scaling lists and a sample aspect ratio. */
const layered = '4201020408000003009d0800000300003c0000b00d080f13659598acd249caf0468080000003008000000c84';

/** An SPS with the parts that x265 leaves out, written by the syntax tables of H.265, 7.3.2.2. */
function fullSps(): Uint8Array {
  const writer = new BitWriter().bits(0x4201, 16).bits(0, 4).bits(2, 3).flag(true); // 3 sub-layers
  writer.bits(1, 8).bits(0xffffffff, 32).bits(0xffffffffffff, 48).bits(93, 8);
  writer
    .bits(0b11, 2)
    .bits(0b01, 2)
    .bits(0, 12)
    .bits(2 ** 44 - 1, 44)
    .bits(2 ** 44 - 1, 44)
    .bits(1, 8)
    .bits(2, 8);
  writer.ue(0).ue(1).ue(1920).ue(1088).flag(true).ue(0).ue(0).ue(0).ue(4); // 1920x1080
  writer.ue(0).ue(0).ue(4); // 8 bits, picture order count of 8 bits
  writer.flag(true).ue(1).ue(0).ue(0).ue(2).ue(1).ue(0).ue(4).ue(2).ue(0);
  for (let i = 0; i < 6; i++) writer.ue(1);
  writer.flag(true).flag(true); // scaling lists
  for (let matrix = 0; matrix < 6; matrix++) writer.flag(false).ue(0);
  for (let matrix = 0; matrix < 6; matrix++) {
    writer.flag(true);
    for (let i = 0; i < 64; i++) writer.ue(1);
  }
  for (let matrix = 0; matrix < 6; matrix++) writer.flag(false).ue(0);
  writer.flag(true).ue(5);
  for (let i = 0; i < 64; i++) writer.ue(2);
  writer.flag(false).ue(0);
  writer.bits(0, 2).flag(true).bits(0x77, 8).ue(0).ue(1).flag(false); // PCM
  writer.ue(3).ue(1).ue(1).ue(0).flag(true).ue(0).flag(false); // first set: one before, one after
  writer.flag(true).flag(true).ue(0).flag(true).flag(false).flag(true).flag(false).flag(false); // second: from the first
  writer.flag(false).ue(2).ue(0).ue(0).flag(true).ue(1).flag(true); // third: two before
  writer.flag(true).ue(2).bits(5, 8).flag(true).bits(6, 8).flag(false); // long-term pictures
  writer.bits(0b11, 2).flag(true).flag(false).flag(false).flag(false).flag(false); // VUI
  writer.bits(0, 3).flag(true).ue(0).ue(0).ue(0).ue(0).flag(true).bits(1001, 32).bits(60000, 32);
  return withEmulationPrevention(writer.bits(0, 8).toBytes());
}

function withEmulationPrevention(nalUnit: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of nalUnit) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3);
    out.push(byte);
  }
  return Uint8Array.from(out);
}

describe('decodeHevcSps', () => {
  it('reads sub-layers and scaling lists as x265 writes them', () => {
    expect(decodeHevcSps(bytes(layered))).toMatchObject({
      width: 416,
      height: 240,
      chromaFormat: 2,
      bitDepthLuma: 10,
      temporalLayers: 2,
      vui: { frameRate: 25, sampleAspectRatio: { width: 16, height: 11 } },
    });
  });

  it('skips what it does not use', () => {
    expect(decodeHevcSps(fullSps())).toMatchObject({
      width: 1920,
      height: 1080,
      temporalLayers: 3,
      maxReorderFrames: 2,
      vui: { frameRate: 60000 / 1001 },
    });
  });

  it.each(streams)('$name', ({ spsUnit, sps, vui }) => {
    const decoded = decodeHevcSps(bytes(spsUnit));
    expect(decoded).toMatchObject(sps);
    expect(decoded.vui).toMatchObject(vui);
  });

  it('refuses another NAL unit and a short one', () => {
    expect(() => decodeHevcSps(bytes(streams[0].pps))).toThrow('NAL unit type 34');
    expect(() => decodeHevcSps(bytes(streams[0].spsUnit).subarray(0, 20))).toThrow(MalformedError);
  });
});

describe('NAL units', () => {
  it.each([
    [1, '03 26 01 aa 03 02 01 bb'],
    [2, '0003 2601aa 0003 0201bb'],
    [4, '00000003 2601aa 00000003 0201bb'],
  ] as const)('with lengths of %d bytes', (size, accessUnit) => {
    expect([...hevcNalUnits(bytes(accessUnit), size)]).toEqual([bytes('2601aa'), bytes('0201bb')]);
    expect(hasIrap(bytes(accessUnit), size)).toBe(true);
    expect(hevcToAnnexB(bytes(accessUnit), size)).toEqual(bytes('00000001 2601aa 00000001 0201bb'));
  });

  it('knows the IRAP types', () => {
    expect(Array.from({ length: 64 }, (_, type) => type).filter(isIrapType)).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
    expect(hasIrap(bytes('00000003 0201bb'), 4)).toBe(false);
  });

  it('prepends, and then drops the delimiter of the access unit', () => {
    expect(hevcToAnnexB(bytes('00000003 460110 00000003 2601aa'), 4, [hevcAccessUnitDelimiter])).toEqual(
      bytes('00000001 460150 00000001 2601aa'),
    );
  });

  it('refuses a length past the end', () => {
    expect(() => hasIrap(bytes('00000004 0201bb'), 4)).toThrow(MalformedError);
  });
});
