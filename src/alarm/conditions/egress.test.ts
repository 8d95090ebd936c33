import { expect, it } from 'vitest';
import { type EgressPeaks, egress } from './egress.ts';

const SECOND_MS = 1000;
const WINDOW_MS = 300 * SECOND_MS;

/** A domain that sends so much; what is unusual for it after each second. */
function started() {
  const peaks: EgressPeaks = {};
  let nowMs = 0;
  let mbps = 4;
  const { look } = egress({
    ...{ domains: () => ['d'], mbps: () => mbps, nowMs: () => nowMs, wallMs: () => nowMs, peaks, onPeak: () => {} },
    ...{ factor: () => 5, holdMs: () => 60 * SECOND_MS },
  });
  const send = (given: number, forMs: number) => {
    mbps = given;
    let seen = 0;
    for (const end = nowMs + forMs; nowMs < end; nowMs += SECOND_MS) seen += look()?.length ?? 0;
    return seen;
  };
  return { send, highest: () => Math.max(...(peaks.d ?? []).map((each) => each.mbps)) };
}

it.each([0, 150, 250, 290, 299])('EGRESS_UNUSUAL is seen %d s after a mean began, and until it is over', (seconds) => {
  const { send, highest } = started();
  expect(send(4, WINDOW_MS + SECOND_MS + seconds * SECOND_MS)).toBe(0);
  expect(send(40, 2 * WINDOW_MS)).toBe(600);
  expect(send(4, SECOND_MS)).toBe(0);
  expect(highest()).toBe(40);
  expect(send(40, WINDOW_MS)).toBe(0);
});

it('EGRESS_UNUSUAL does not take a short peak for usual, and after a day all', () => {
  const { send, highest } = started();
  send(4, 2 * WINDOW_MS);
  send(40, WINDOW_MS - 10 * SECOND_MS);
  send(4, 2 * WINDOW_MS);
  expect(highest()).toBe(4);
  expect(send(40, 25 * 3600 * SECOND_MS)).toBe(24 * 3600 + 1);
});
