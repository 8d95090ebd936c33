import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { encodeFragment } from './fragment.ts';
import { FragmentReader } from './fragment-reader.ts';
import { encodeInitSegment } from './init-segment.ts';
import type { Fmp4Sample } from './sample.ts';

const avcConfig = Uint8Array.from(
  Buffer.from('0142c00dffe100166742c00dda0507ec0440000003004000000c83c50aa801000468ce0fc8', 'hex'),
);
const aacConfig = Uint8Array.of(0x11, 0x90);

const init = encodeInitSegment([
  { kind: 'video', trackId: 1, timescale: 90_000, codec: 'h264', config: avcConfig, width: 320, height: 240 },
  { kind: 'audio', trackId: 2, timescale: 48_000, codec: 'aac', config: aacConfig, sampleRate: 48_000, channels: 2 },
]);

function sample(fill: number, sizeBytes: number, more: Partial<Fmp4Sample> = {}): Fmp4Sample {
  const data = new Uint8Array(sizeBytes).fill(fill);
  return { durationTicks: 3000, sizeBytes, compositionOffsetTicks: 0, isSync: true, data, ...more };
}

const fragment = encodeFragment({
  sequenceNumber: 1,
  tracks: [
    {
      trackId: 1,
      baseMediaDecodeTime: 2 ** 40,
      samples: [sample(1, 50), sample(2, 20, { isSync: false, compositionOffsetTicks: 6000 })],
    },
    { trackId: 2, baseMediaDecodeTime: 480, samples: [sample(3, 9, { durationTicks: 1024 })] },
  ],
});

const file = Buffer.concat([init, fragment, fragment]);

describe('FragmentReader', () => {
  it('gives back what was encoded, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }), (sizes) => {
        const reader = new FragmentReader();
        const samples = [];
        let at = 0;
        for (let turn = 0; at < file.length; turn++) {
          const end = at + (sizes[turn % sizes.length] ?? 1);
          samples.push(...reader.push(Uint8Array.from(file.subarray(at, end))));
          at = end;
        }
        expect(samples.length).toBe(6);
        expect(samples.slice(0, 3)).toMatchObject([
          { track: { codec: 'h264', timescale: 90_000 }, dts: 2 ** 40, compositionOffset: 0, isSync: true },
          { track: { codec: 'h264' }, dts: 2 ** 40 + 3000, compositionOffset: 6000, isSync: false },
          { track: { codec: 'aac', timescale: 48_000 }, dts: 480, isSync: true },
        ]);
        expect(samples.map(({ data }) => [data.length, data[0]])).toEqual([
          [50, 1],
          [20, 2],
          [9, 3],
          [50, 1],
          [20, 2],
          [9, 3],
        ]);
        expect(samples.map(({ track }) => Buffer.from(track.config).toString('hex')).slice(0, 3)).toEqual([
          Buffer.from(avcConfig).toString('hex'),
          Buffer.from(avcConfig).toString('hex'),
          '1190',
        ]);
      }),
    );
  });

  it('throws MalformedError and nothing else for damaged files', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Uint8Array.from(file);
        damaged[at] = value;
        try {
          new FragmentReader({ maxBoxBytes: 10_000 }).push(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a box larger than it may be before it has come', () => {
    const reader = new FragmentReader({ maxBoxBytes: 1000 });
    expect(() => reader.push(Uint8Array.of(0, 1, 0, 0, 0x6d, 0x64, 0x61, 0x74))).toThrow(MalformedError);
  });
});
