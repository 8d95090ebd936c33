import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, ByteReader, MalformedError } from '../bytes/index.ts';
import {
  av1CodecString,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  encodeAv1Config,
  findAv1SequenceHeader,
  obus,
  readLeb128,
  withoutTemporalDelimiters,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** `av1C` as FFmpeg 5.1 with libaom wrote it for 322x182. */
const aom = '81000c000a0b000000043d06d4daf90040';

describe('AV1CodecConfigurationRecord', () => {
  it('decodes and encodes back what libaom wrote', () => {
    const config = decodeAv1Config(bytes(aom));
    expect(config).toMatchObject({ profile: 0, level: 0, bitDepth: 8, isHighTier: false, isMonochrome: false });
    expect(findAv1SequenceHeader(config.configObus)).toMatchObject({ width: 322, height: 182, bitDepth: 8 });
    expect(av1CodecString(config)).toBe('av01.0.00M.08');
    expect(encodeAv1Config(config)).toEqual(bytes(aom));
  });

  it('encodes what it decodes', () => {
    const fields = fc.record({
      profile: fc.nat(7),
      level: fc.nat(31),
      isHighTier: fc.boolean(),
      bitDepth: fc.constantFrom<8 | 10 | 12>(8, 10, 12),
      isMonochrome: fc.boolean(),
      chromaSubsamplingX: fc.boolean(),
      chromaSubsamplingY: fc.boolean(),
      chromaSamplePosition: fc.nat(3),
      configObus: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fields, fc.nat(16), (config, delay) => {
        const whole = delay === 0 ? config : { ...config, initialPresentationDelay: delay };
        expect(decodeAv1Config(encodeAv1Config(whole))).toEqual(whole);
      }),
    );
  });

  it.each(['01000c00', '82000c00', '8100', ''])('refuses %s', (record) => {
    expect(() => decodeAv1Config(bytes(record))).toThrow(MalformedError);
  });
});

describe('av1CodecString', () => {
  it.each([
    [{ profile: 0, level: 4, isHighTier: false, bitDepth: 8 }, 'av01.0.04M.08'],
    [{ profile: 2, level: 13, isHighTier: true, bitDepth: 12 }, 'av01.2.13H.12'],
  ] as const)('%o', (config, expected) => {
    expect(av1CodecString(config)).toBe(expected);
  });
});

/** A sequence header with every optional part, written by the syntax tables of the specification, 5.5. */
function fullSequenceHeader(): Uint8Array {
  const writer = new BitWriter().bits(2, 3).flag(false).flag(false);
  writer.flag(true).bits(1001, 32).bits(60000, 32).flag(true).ue(0); // timing: 60000/1001
  writer.flag(true).bits(9, 5).bits(1, 32).bits(9, 5).bits(9, 5); // decoder model
  writer.flag(true).bits(1, 5); // display delay, two operating points
  writer.bits(0, 12).bits(13, 5).flag(true).flag(true).bits(5, 10).bits(6, 10).flag(true).flag(true).bits(3, 4);
  writer.bits(1, 12).bits(5, 5).flag(false).flag(false);
  writer.bits(11, 4).bits(10, 4).bits(3839, 12).bits(1999, 11);
  writer.flag(true).bits(0, 7).bits(0, 3); // frame ids
  writer.bits(0, 4).flag(true).bits(0, 2).flag(false).flag(true).flag(false).flag(true).bits(6, 3);
  writer.bits(0, 3);
  writer.flag(true).flag(true).flag(false); // 12 bits, colour
  writer.flag(true).bits(9, 8).bits(16, 8).bits(9, 8).flag(true).flag(true).flag(true).bits(2, 2);
  return writer.bits(0, 2).flag(true).toBytes();
}

describe('decodeAv1SequenceHeader', () => {
  it('reads every optional part', () => {
    expect(decodeAv1SequenceHeader(fullSequenceHeader())).toEqual({
      profile: 2,
      level: 13,
      isHighTier: true,
      frameRate: 60000 / 1001,
      width: 3840,
      height: 2000,
      bitDepth: 12,
      isMonochrome: false,
      chromaSubsamplingX: true,
      chromaSubsamplingY: true,
      chromaSamplePosition: 2,
      isFullRange: true,
      primaries: 9,
      transfer: 16,
      matrix: 9,
    });
  });

  it('reads the reduced form, monochrome', () => {
    const writer = new BitWriter().bits(0, 3).flag(true).flag(true).bits(8, 5);
    writer.bits(3, 4).bits(3, 4).bits(15, 4).bits(7, 4).bits(0, 3).bits(0, 3);
    writer.flag(true).flag(true).flag(false).flag(true).bits(0, 4);
    expect(decodeAv1SequenceHeader(writer.toBytes())).toMatchObject({
      level: 8,
      width: 16,
      height: 8,
      bitDepth: 10,
      isMonochrome: true,
      isFullRange: true,
    });
  });

  it('refuses profiles past 2, and pictures too large', () => {
    expect(() => decodeAv1SequenceHeader(bytes('6000'))).toThrow('profile 3');
    const huge = new BitWriter().bits(0, 3).flag(true).flag(true).bits(8, 5).bits(15, 4).bits(15, 4);
    expect(() => decodeAv1SequenceHeader(huge.bits(65535, 16).bits(65535, 16).toBytes())).toThrow('65536x65536');
  });
});

describe('obus', () => {
  it('walks sized, extended and unsized units', () => {
    const unit = bytes('1200 0a02aabb 360801cc 30ddee');
    expect([...obus(unit)].map(({ type, payload }) => [type, Buffer.from(payload).toString('hex')])).toEqual([
      [2, ''],
      [1, 'aabb'],
      [6, 'cc'],
      [6, 'ddee'],
    ]);
  });

  it('takes temporal delimiters away', () => {
    expect(withoutTemporalDelimiters(bytes('1200 0a02aabb 3201cc'))).toEqual(bytes('0a02aabb 3201cc'));
    const none = bytes('3201cc');
    expect(withoutTemporalDelimiters(none)).toBe(none);
  });

  it.each(['8a00', '0a05aa', '0aff', '0affffffffffffffffff'])('refuses %s', (unit) => {
    expect(() => [...obus(bytes(unit))]).toThrow(MalformedError);
  });
});

describe('readLeb128', () => {
  it.each([
    ['00', 0],
    ['7f', 127],
    ['8001', 128],
    ['e58e26', 624485],
    ['ffffffff0f', 0xffffffff],
    ['80808000', 0],
  ])('%s is %d', (hex, value) => {
    expect(readLeb128(new ByteReader(bytes(hex), 'test'))).toBe(value);
  });

  it.each(['ffffffff1f', '8080808080808080', '80'])('refuses %s', (hex) => {
    expect(() => readLeb128(new ByteReader(bytes(hex), 'test'))).toThrow(MalformedError);
  });
});
