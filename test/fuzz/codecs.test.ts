import fc from 'fast-check';
import { describe, it } from 'vitest';
import { aacCodecString, decodeAacConfig, decodeAdtsHeader } from '../../src/protocol/aac/index.ts';
import {
  decodeAv1Config,
  decodeAv1SequenceHeader,
  findAv1SequenceHeader,
  withoutTemporalDelimiters,
} from '../../src/protocol/av1/index.ts';
import { MalformedError } from '../../src/protocol/bytes/index.ts';
import { decodeFlacHeader, flacFrameSamples } from '../../src/protocol/flac/index.ts';
import { decodeFragment, encodeFragment } from '../../src/protocol/fmp4/index.ts';
import { decodeAvcConfig, decodeAvcSps, encodeAvcConfig, fromAnnexB, toAnnexB } from '../../src/protocol/h264/index.ts';
import {
  decodeHevcConfig,
  decodeHevcSps,
  encodeHevcConfig,
  hevcCodecString,
  hevcToAnnexB,
} from '../../src/protocol/h265/index.ts';
import { decodeMp3FrameHeader } from '../../src/protocol/mp3/index.ts';
import { decodeDops, decodeOpusHead, opusPacketSamples } from '../../src/protocol/opus/index.ts';
import { decodeVp9Config, vp9KeyFrameSize } from '../../src/protocol/vp9/index.ts';

const runMs = Number(process.env.FUZZ_MS ?? 250);

type Target = { readonly name: string; readonly seed: string; readonly decode: (bytes: Uint8Array) => unknown };

const avcC = '01640028ffe1001d67640028acd940780227a9b016a020202800001f480007530078c18cb001000668ebe3cb22c0fdf8f800';
const hvcC =
  '0101600000009000000000003ff000fcfdf8f800000f02200001001840010c01ffff01600000030090000003000003003f95980922000100074401c172b46240';
const hevcSps = '420101022000000300900000030000030078a00280802d1365959a4932bc05a848804820000003002000000641';
const fragment =
  '000000c46d6f6f66000000106d6668640000000000000001000000607472616600000014746668640002002000000001010100000000001474666474010000000000000000002328000000307472756e01000b0500000002000000cc0200000000000bbb000000030000000000000bba00000002fffffff70000004c747261660000001c74666864000200380000000200000bba000000020200000000000014746664740100000000000000000012c0000000147472756e0100000100000001000000d10000000f6d64617403030302020202';

const targets: readonly Target[] = [
  { name: 'AVC configuration', seed: avcC, decode: (bytes) => encodeAvcConfig(decodeAvcConfig(bytes)) },
  { name: 'AVC SPS', seed: '677a001eb6cd940b424dff802000168800000300080000030190f8a14cb0', decode: decodeAvcSps },
  { name: 'AVC access unit', seed: '000000020910000000036588840000000141', decode: (bytes) => toAnnexB(bytes, 4) },
  { name: 'Annex B', seed: '0000000109f000000165888400000141', decode: fromAnnexB },
  {
    name: 'HEVC configuration',
    seed: hvcC,
    decode: (bytes) => {
      const config = decodeHevcConfig(bytes);
      return [encodeHevcConfig(config), hevcCodecString(config)];
    },
  },
  { name: 'HEVC SPS', seed: hevcSps, decode: decodeHevcSps },
  { name: 'HEVC access unit', seed: '000000034601500000000426018884', decode: (bytes) => hevcToAnnexB(bytes, 4) },
  {
    name: 'AV1 configuration',
    seed: '81000c000a0b000000043d06d4daf90040',
    decode: (bytes) => findAv1SequenceHeader(decodeAv1Config(bytes).configObus),
  },
  { name: 'AV1 sequence header', seed: '000000043d06d4daf90040', decode: decodeAv1SequenceHeader },
  { name: 'AV1 temporal unit', seed: '12000a0b000000043d06d4daf900403201aa', decode: withoutTemporalDelimiters },
  { name: 'VP9 configuration', seed: '01000000000b820202020000', decode: decodeVp9Config },
  { name: 'VP9 key frame', seed: '824983420013f00b36a0', decode: vp9KeyFrameSize },
  { name: 'AAC configuration', seed: '130856e59d4880', decode: (bytes) => aacCodecString(decodeAacConfig(bytes)) },
  { name: 'ADTS header', seed: 'fff14c401b7ffc', decode: decodeAdtsHeader },
  { name: 'OpusHead', seed: '4f707573486561640106380180bb0000000001040200040102030 5', decode: decodeOpusHead },
  { name: 'dOps', seed: '000601380000bb8000000104020004010203 05', decode: decodeDops },
  { name: 'Opus packet', seed: 'fb03aabb', decode: opusPacketSamples },
  {
    name: 'FLAC header',
    seed: '664c614380000022120012000001060004ff0bb800f0000038407044de84a8b56e9e558a37d978aff114',
    decode: decodeFlacHeader,
  },
  { name: 'FLAC frame', seed: 'fff97a08fe8080808080800fff', decode: flacFrameSamples },
  { name: 'movie fragment', seed: fragment, decode: (bytes) => encodeFragment(decodeFragment(bytes)) },
  { name: 'MP3 frame', seed: 'fffb9064', decode: decodeMp3FrameHeader },
];

/** `seed` with some bytes changed, and perhaps an end cut off or random bytes after it. */
function mutated(seed: Uint8Array): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(Math.max(0, seed.length - 1)), fc.nat(255)), { maxLength: 6 });
  return fc
    .tuple(changes, fc.nat(seed.length), fc.boolean(), fc.uint8Array({ maxLength: 16 }))
    .map(([edits, length, isCut, tail]) => {
      const bytes = seed.slice();
      for (const [at, value] of edits) bytes[at] = value;
      return isCut ? bytes.subarray(0, length) : new Uint8Array(Buffer.concat([bytes, tail]));
    });
}

describe.each(targets)('$name throws nothing but MalformedError', ({ seed, decode }) => {
  const tolerating = (bytes: Uint8Array) => {
    try {
      decode(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  };
  const limits = { numRuns: 1_000_000, interruptAfterTimeLimit: runMs };
  const seedBytes = Uint8Array.from(Buffer.from(seed.replaceAll(' ', ''), 'hex'));

  it('has a seed that decodes', () => {
    decode(seedBytes);
  });

  it('for mutated bytes', () => {
    fc.assert(fc.property(mutated(seedBytes), tolerating), limits);
  });

  it('for random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), tolerating), limits);
  });
});
