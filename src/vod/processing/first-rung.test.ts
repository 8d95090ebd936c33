import { expect, it } from 'vitest';
import { firstRung } from './first-rung.ts';
import { adaptiveLadder, adaptiveMp4Ladder, type Rung } from './ladder.ts';

const FILM = { video: { width: 1920, height: 1080 }, hasAudio: true };
const said = (rungs: readonly Rung[]) => {
  const [first, others] = firstRung(rungs);
  return [first, ...others].map((rung) => rung && `${rung.number} ${rung.definition} ${rung.template.container}`);
};

it('takes the one of the fewest pixels first, and leaves each its number', () => {
  expect(said(adaptiveLadder(FILM))).toEqual(['1 LD m3u8', '2 SD m3u8', '3 HD m3u8']);
  expect(said(adaptiveLadder(FILM).toReversed())).toEqual(['3 LD m3u8', '1 HD m3u8', '2 SD m3u8']);
});

it('prefers what adapts to a file', () => {
  const rungs = adaptiveMp4Ladder({ video: { width: 640, height: 360 }, hasAudio: true });
  expect(said(rungs.toReversed())).toEqual(['2 LD m3u8', '1 LD mp4']);
});

it('has none of nothing, and one alone', () => {
  expect(said([])).toEqual([undefined]);
  expect(said(adaptiveLadder({ hasAudio: true }))).toEqual(['1 SQ m3u8']);
});
