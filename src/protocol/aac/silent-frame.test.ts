import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAdtsHeader } from './adts.ts';
import { isSilentAac } from './silent-frame.ts';

/** Access units of FFmpeg's encoder, without their ADTS headers. */
function framesOf(source: string, options: readonly string[] = []): Uint8Array[] {
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-t', '2', '-c:a', 'aac', ...options, '-f', 'adts', '-'];
  const stream = execFileSync('ffmpeg', args);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const { headerBytes, frameBytes } = lengthsOf(stream.subarray(at));
    frames.push(stream.subarray(at + headerBytes, at + frameBytes));
    at += frameBytes;
  }
  return frames;
}

function lengthsOf(bytes: Uint8Array): { headerBytes: number; frameBytes: number } {
  decodeAdtsHeader(bytes);
  const [, flags = 0, , high = 0, middle = 0, low = 0] = bytes;
  return { headerBytes: (flags & 1) === 1 ? 7 : 9, frameBytes: ((high & 3) << 11) | (middle << 3) | (low >> 5) };
}

const silent = (source: string, options?: readonly string[]) => {
  const frames = framesOf(source, options).slice(2, -1);
  return frames.filter(isSilentAac).length / frames.length;
};

describe('isSilentAac', () => {
  it.each([
    ['anullsrc=channel_layout=mono', []],
    ['anullsrc=channel_layout=stereo', []],
    ['anullsrc=channel_layout=5.1', []],
    ['anullsrc=channel_layout=stereo:sample_rate=44100', ['-b:a', '320k']],
    ['anullsrc=channel_layout=stereo:sample_rate=48000', ['-b:a', '160k', '-aac_coder', 'fast']],
    ['anullsrc=channel_layout=stereo', ['-q:a', '2']],
  ])('hears nothing in %s %j', (source, options) => expect(silent(source, options)).toBe(1));

  it.each([
    ['sine=frequency=440', []],
    ['anoisesrc=color=pink:amplitude=0.01', []],
    ['anoisesrc=color=white:amplitude=0.001', ['-b:a', '128k']],
    ['anoisesrc=color=white:amplitude=0.001,aformat=channel_layouts=stereo', ['-b:a', '64k']],
    ['sine=frequency=200,volume=-60dB,aformat=channel_layouts=stereo', []],
    ['sine=frequency=3000,tremolo=f=4:d=1,volume=-40dB', []],
    // The left channel alone is silent.
    ['sine=frequency=440,pan=stereo|c1=c0', []],
  ])('hears something in %s %j', (source, options) => expect(silent(source, options)).toBeLessThan(0.5));

  it('says of anything else that it is not silence', () => {
    expect(isSilentAac(new Uint8Array())).toBe(false);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => typeof isSilentAac(bytes) === 'boolean'));
    for (const frame of framesOf('anullsrc')) {
      for (let length = 0; length < frame.length - 1; length++)
        expect(isSilentAac(frame.subarray(0, length))).toBe(false);
    }
  });
});
