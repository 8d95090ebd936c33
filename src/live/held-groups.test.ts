import { describe, expect, it } from 'vitest';
import { HeldGroups } from './held-groups.ts';
import type { UnplacedPacket } from './packet.ts';
import { testAudio, testAudioTrack, testVideo, testVideoTrack } from './test-packets.ts';

const [video, audio] = [testVideoTrack(), testAudioTrack()];
const timesOf = (packets: readonly UnplacedPacket[]) => packets.map(({ dtsMs }) => dtsMs);

/** Pictures every 500 ms, a key frame every 2 s. */
function held(toMs: number, limits = { maxBytes: 1e6, maxMs: 60_000 }): HeldGroups {
  const groups = new HeldGroups(limits);
  for (let ms = 0; ms <= toMs; ms += 500) groups.add(testVideo(video, ms, ms % 2000 === 0), true);
  return groups;
}

describe('HeldGroups', () => {
  it('gives what begins with its last key frame where that follows on', () => {
    expect(timesOf(held(7000).after(5900))).toEqual([6000, 6500, 7000]);
  });

  it('gives the group before, too, where pictures would be missing otherwise', () => {
    expect(timesOf(held(7000).after(4500))).toEqual([4000, 4500, 5000, 5500, 6000, 6500, 7000]);
  });

  it('keeps no third one', () => {
    expect(timesOf(held(7000).after(0))[0]).toBe(4000);
  });

  it('keeps no more than its bounds of bytes and time', () => {
    const bytes = testVideo(video, 0, true).data.length;
    expect(timesOf(held(7000, { maxBytes: 5 * bytes, maxMs: 60_000 }).after(0))[0]).toBe(6000);
    expect(timesOf(held(7000, { maxBytes: 1e6, maxMs: 2500 }).after(0))[0]).toBe(6000);
  });

  it('begins with a key frame, and with any sound where there are no pictures', () => {
    const pictures = new HeldGroups({ maxBytes: 1e6, maxMs: 60_000 });
    pictures.add(testVideo(video, 0, false), true);
    expect(pictures.isEmpty).toBe(true);
    const sound = new HeldGroups({ maxBytes: 1e6, maxMs: 60_000 });
    for (let ms = 0; ms <= 5000; ms += 500) sound.add(testAudio(audio, ms), false);
    expect(timesOf(sound.after(0))).toEqual([3000, 3500, 4000, 4500, 5000]);
  });
});
