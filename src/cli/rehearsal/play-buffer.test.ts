import { describe, expect, it } from 'vitest';
import { PlayBuffer } from './play-buffer.ts';

const bufferAt = (nowMs: number, pieces: readonly (readonly [atMs: number, durationMs: number])[]) => {
  const buffer = new PlayBuffer({ startMs: 500 });
  for (const [atMs, durationMs] of pieces) buffer.add(durationMs, atMs);
  buffer.settle(nowMs);
  return buffer;
};

describe('PlayBuffer', () => {
  it('begins when there is enough, and waiting for that is no stall', () => {
    const buffer = bufferAt(5000, [[1000, 400]]);
    expect(buffer.hasStarted).toBe(false);
    expect(buffer.watched).toEqual({ playedMs: 0, stalledMs: 0, stalls: 0 });
  });

  it('plays in real time what comes in time', () => {
    const buffer = bufferAt(4500, [
      [1000, 2000],
      [2500, 2000],
    ]);
    expect(buffer.watched).toEqual({ playedMs: 3500, stalledMs: 0, stalls: 0 });
    expect(buffer.bufferedMs).toBe(500);
  });

  it('stands still from the moment when nothing is left until there is enough again', () => {
    const buffer = bufferAt(4000, [
      [0, 1000],
      [2000, 300],
      [2500, 300],
    ]);
    expect(buffer.watched).toEqual({ playedMs: 1600, stalledMs: 2400, stalls: 2 });
  });

  it('stalls once for one long gap, however often it is looked at', () => {
    const buffer = bufferAt(2000, [[0, 1000]]);
    for (const nowMs of [2500, 3000, 2900]) buffer.settle(nowMs);
    expect(buffer.watched).toEqual({ playedMs: 1000, stalledMs: 2000, stalls: 1 });
  });
});
