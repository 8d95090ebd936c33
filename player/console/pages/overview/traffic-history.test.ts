import { expect, it } from 'vitest';
import { TrafficHistory } from './traffic-history.ts';

const traffic = (atMs: number, ingestBytes: number, egressBytes = 0) => ({
  ...{ atMs, ingestBytes, egressBytes, streams: 1 },
  viewers: { flv: 1, wsFlv: 0, rtmp: 0, hls: 2 },
});

it('TrafficHistory makes rates of counters, and gaps where the server was started anew', () => {
  const history = new TrafficHistory(4);
  for (const [atMs, bytes] of [
    [1000, 0],
    [3000, 250_000],
    [3100, 260_000],
    [5000, 700_000],
    [7000, 900_000],
    [9000, 1000],
  ] as const)
    history.add(traffic(atMs, bytes, 2 * bytes));
  expect(history.points).toEqual([
    { atS: 3, viewers: 3, streams: 1, ingestKbps: 1000, egressKbps: 2000 },
    { atS: 5, viewers: 3, streams: 1, ingestKbps: 1400, egressKbps: 2800 },
    { atS: 7, viewers: 3, streams: 1, ingestKbps: 1300, egressKbps: 2600 },
    { atS: 9, viewers: 3, streams: 1, ingestKbps: null, egressKbps: null },
  ]);
});
