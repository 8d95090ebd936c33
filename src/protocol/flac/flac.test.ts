import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import {
  decodeFlacHeader,
  decodeStreamInfo,
  encodeDfla,
  encodeFlacHeader,
  encodeStreamInfo,
  flacFrameSamples,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** As FFmpeg 5.1 wrote them: 48 kHz mono, 16 bits, 0.3 s. */
const block = '120012000001060004ff0bb800f0000038407044de84a8b56e9e558a37d978aff114';
const dfla = `00000000 80000022 ${block}`;

describe('STREAMINFO', () => {
  it.each([
    ['with marker', `664c6143 80000022 ${block}`],
    ['with marker and more blocks', `664c6143 00000022 ${block} 84000000`],
    ['with a block header', `80000022 ${block}`],
    ['alone', block],
  ])('decodes %s', (_, header) => {
    expect(decodeFlacHeader(bytes(header))).toMatchObject({
      minBlockSize: 4608,
      maxBlockSize: 4608,
      minFrameBytes: 262,
      maxFrameBytes: 1279,
      sampleRate: 48000,
      channels: 1,
      bitsPerSample: 16,
      totalSamples: 14400,
    });
  });

  it('encodes back', () => {
    const config = decodeStreamInfo(bytes(block));
    expect(encodeStreamInfo(config)).toEqual(bytes(block));
    expect(encodeDfla(config)).toEqual(bytes(dfla));
    expect(encodeFlacHeader(config)).toEqual(bytes(`664c6143 80000022 ${block}`));
  });

  it.each([
    ['another first block', `664c6143 84000022 ${block}`],
    ['a block of another size', `664c6143 80000021 ${block}`],
    ['a block cut off', `664c6143 80000022 ${block.slice(0, 20)}`],
    ['sample rate 0', block.replace('0bb800f0', '00000000')],
    ['nothing', ''],
  ])('refuses %s', (_, header) => {
    expect(() => decodeFlacHeader(bytes(header))).toThrow(MalformedError);
  });
});

describe('flacFrameSamples', () => {
  it.each([
    ['as FFmpeg wrote it', 'fff85a0800814e', 4608],
    ['192', 'fff81a0800', 192],
    ['576', 'fff82a0800', 576],
    ['256', 'fff88a0800', 256],
    ['32768', 'fff9fa0800', 32768],
    ['8 bits', 'fff86a0800 4f', 80],
    ['8 bits after a number of 2 bytes', 'fff86a08 c280 4f', 80],
    ['16 bits after a number of 7 bytes', 'fff97a08 fe808080808080 0fff', 4096],
  ])('%s', (_, frame, samples) => {
    expect(flacFrameSamples(bytes(frame))).toBe(samples);
  });

  it.each(['fffc5a0800', 'fff80a0800', 'fff86a0880 00', 'fff86a08ff 00', 'fff87a0800 00', 'fff8', ''])(
    'refuses %s',
    (frame) => {
      expect(() => flacFrameSamples(bytes(frame))).toThrow(MalformedError);
    },
  );
});
