import { describe, expect, it } from 'vitest';
import { archivedSegment } from '../../test/support/archive.ts';
import { Seams, type TrackSpans } from './seams.ts';

const video = (startMs: number, endMs: number): TrackSpans => ({ video: { startMs, endMs } });
const audio = (startMs: number, endMs: number): TrackSpans => ({ audio: { startMs, endMs } });
const both = (startMs: number, endMs: number, audioStartMs: number, audioEndMs: number): TrackSpans => {
  return { ...video(startMs, endMs), ...audio(audioStartMs, audioEndMs) };
};
/** A segment, and whether it is a discontinuity. */
type Step = readonly [number: number, isDiscontinuity: boolean, spans: TrackSpans];

describe('Seams', () => {
  it.each<[string, readonly Step[], readonly number[]]>([
    [
      'moves nothing while segments go on, whatever their times',
      [
        [1, false, video(1000, 3000)],
        [2, false, video(6000, 8000)],
      ],
      [0, 0],
    ],
    [
      'closes the gap of a reconnect',
      [
        [1, false, video(0, 2000)],
        [2, true, video(7000, 9000)],
        [3, false, video(9000, 9500)],
        [4, true, video(10_000, 11_000)],
      ],
      [0, 5000, 5000, 5500],
    ],
    [
      'closes the gap of segments that are missing',
      [
        [1, false, video(0, 2000)],
        [4, false, video(6000, 8000)],
      ],
      [0, 4000],
    ],
    [
      'moves both tracks by the smaller gap, so that none overlaps',
      [
        [1, false, both(0, 2000, 0, 2050)],
        [2, true, both(7000, 9000, 6900, 9000)],
      ],
      [0, 4850],
    ],
    [
      'moves by whole milliseconds',
      [
        [1, false, audio(0, 2000.3)],
        [2, true, audio(7000, 9000)],
      ],
      [0, 4999],
    ],
    [
      'leaves alone what a change of parameters makes of times',
      [
        [1, false, both(0, 2000, 0, 2030)],
        [2, true, both(2001, 4000, 2020, 4000)],
      ],
      [0, 0],
    ],
    [
      'follows stream time that begins anew',
      [
        [1, false, video(50_000, 52_000)],
        [2, true, video(0, 2000)],
      ],
      [0, -52_000],
    ],
    [
      'goes on from the last end where the track is another one',
      [
        [1, false, audio(0, 2000)],
        [2, true, video(7000, 9000)],
      ],
      [0, 5000],
    ],
    [
      'remembers a track over a run without it',
      [
        [1, false, both(0, 2000, 0, 2000)],
        [2, true, video(2000, 4000)],
        [3, true, both(9000, 11_000, 9000, 11_000)],
      ],
      [0, 0, 5000],
    ],
  ])('%s', (_name, steps, expected) => {
    const seams = new Seams();
    const shifts = steps.map(([number, isDiscontinuity, spans]) => {
      return seams.shiftMsOf(archivedSegment({ number, isDiscontinuity }), spans);
    });
    expect(shifts).toEqual(expected);
    expect(seams.closedGaps).toBe(new Set(expected).size - 1);
  });
});
