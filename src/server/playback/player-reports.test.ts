import { expect, it } from 'vitest';
import { TestClock } from '../../live/test-clock.ts';
import { createMetrics } from '../../metrics/index.ts';
import { readBeacon } from './beacon.ts';
import { PlayerReports } from './player-reports.ts';

const beacon = (more: object) => {
  const { app, stream, protocol, session } = {
    app: 'live',
    stream: 'demo',
    protocol: 'llhls',
    session: '0123456789abcdef',
  };
  const totals = { watchedMs: 9000, stalledMs: 1000, stalls: 1, droppedFrames: 0, totalFrames: 250 };
  const read = readBeacon(JSON.stringify({ v: 1, app, stream, protocol, session, ...totals, ...more }));
  if (!read) throw new Error('no beacon');
  return read;
};

it('counts start-up and stalls once for a viewing, errors as they come, latency and rung with each beacon', async () => {
  const clock = new TestClock();
  const metrics = createMetrics();
  const reports = new PlayerReports(clock, metrics);
  reports.take(beacon({ startupMs: 400, latencyMs: 2000, height: 360, errors: [] }));
  reports.take(beacon({ startupMs: 400, latencyMs: 2500, height: 720, errors: ['HTTP_404'] }));
  clock.advance(60_000);
  reports.close();
  const said = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('headwater_player_'));
  expect(said).toEqual(
    expect.arrayContaining([
      'headwater_player_startup_seconds_count{protocol="llhls"} 1',
      'headwater_player_latency_seconds_sum{protocol="llhls"} 4.5',
      'headwater_player_rung_pixels_bucket{le="360",protocol="llhls"} 1',
      'headwater_player_rung_pixels_bucket{le="720",protocol="llhls"} 2',
      'headwater_player_rebuffer_ratio_sum{protocol="llhls"} 0.1',
      'headwater_player_errors_total{protocol="llhls"} 1',
    ]),
  );
});
