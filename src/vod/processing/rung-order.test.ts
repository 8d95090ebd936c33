import { expect, it } from 'vitest';
import { adaptiveLadder, adaptiveMp4Ladder, type Rung } from './ladder.ts';
import { rungOrder } from './rung-order.ts';

const FILM = { video: { width: 1920, height: 1080 }, hasAudio: true };
const said = (rungs: readonly Rung[]) => {
  const { first, others, dash } = rungOrder(rungs);
  return [first, ...others, ...dash].map(
    (rung) => rung && `${rung.number} ${rung.definition} ${rung.template.container}`,
  );
};

it('takes the one of the fewest pixels first, and leaves each its number', () => {
  expect(said(adaptiveLadder(FILM))).toEqual(['1 LD m3u8', '2 SD m3u8', '3 HD m3u8']);
  expect(said(adaptiveLadder(FILM).toReversed())).toEqual(['3 LD m3u8', '1 HD m3u8', '2 SD m3u8']);
});

it('prefers what adapts to a file', () => {
  const rungs = adaptiveMp4Ladder({ video: { width: 640, height: 360 }, hasAudio: true });
  expect(said(rungs.toReversed())).toEqual(['2 LD m3u8', '1 LD mp4']);
});

it('keeps what is packaged together apart', () => {
  const dash = adaptiveLadder(FILM).map((rung) => ({ ...rung, package: 'dash' as const }));
  expect(rungOrder(dash)).toMatchObject({ first: undefined, others: [], dash: [{ number: 1 }, {}, { number: 3 }] });
  expect(said([...dash, ...adaptiveLadder({ hasAudio: true })])[0]).toBe('4 SQ m3u8');
});

it('has none of nothing, and one alone', () => {
  expect(said([])).toEqual([undefined]);
  expect(said(adaptiveLadder({ hasAudio: true }))).toEqual(['1 SQ m3u8']);
});
