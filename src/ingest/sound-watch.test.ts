import { describe, expect, it } from 'vitest';
import { SoundWatch } from './sound-watch.ts';

const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const SOUND = new Uint8Array(80).fill(7);

function silentAfter(frames: readonly (readonly [number, Uint8Array])[], codec: 'opus' | 'flac' = 'opus'): number {
  const watch = new SoundWatch();
  for (const [atMs, data] of frames) watch.frame(codec, data, atMs);
  return watch.silentMs;
}

describe('SoundWatch', () => {
  it.each([
    ['nothing', [], 0],
    [
      'silence',
      [
        [1000, SILENCE],
        [1020, SILENCE],
        [9000, SILENCE],
      ],
      8000,
    ],
    [
      'sound',
      [
        [1000, SOUND],
        [9000, SOUND],
      ],
      0,
    ],
    [
      'a sound in it',
      [
        [1000, SILENCE],
        [5000, SOUND],
        [5020, SILENCE],
        [6100, SILENCE],
        [9000, SILENCE],
      ],
      2900,
    ],
    [
      'a sound at its end',
      [
        [1000, SILENCE],
        [9000, SOUND],
      ],
      0,
    ],
  ] as const)('%s', (_name, frames, silentMs) => expect(silentAfter(frames)).toBe(silentMs));

  it('says nothing of codecs that it does not know', () => {
    expect(
      silentAfter(
        [
          [0, SILENCE],
          [9000, SILENCE],
        ],
        'flac',
      ),
    ).toBe(0);
  });
});
