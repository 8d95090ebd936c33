import { describe, expect, it } from 'vitest';
import { UsageMeter } from './usage-meter.ts';
import { SCOPE_NUMBERS, SOURCE, type UsageRow } from './usage-row.ts';

const STREAM = { domain: 'play.example.com', app: 'live', stream: 'demo' };
const PLACE = { ...STREAM, template: SOURCE };

function meterAt(tags: readonly string[] = []) {
  const time = { nowMs: 1000 };
  const clock = { nowMs: () => time.nowMs, wallMs: () => 1_800_000_000_000 + time.nowMs };
  return { time, meter: new UsageMeter({ ...clock, tagsOf: () => tags }) };
}

const find = (rows: readonly UsageRow[], wanted: Partial<UsageRow>) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof UsageRow] === value));

describe('UsageMeter', () => {
  it('adds bytes up by stream, app, domain, server and tag', () => {
    const { meter } = meterAt(['team:shop']);
    meter.sent(PLACE, 'flv', false).bytes += 100;
    meter.sent({ ...PLACE, template: 'lud' }, 'hls', true).bytes += 40;
    meter.sent({ ...PLACE, stream: 'other' }, 'flv', true).bytes += 7;
    const rows = meter.rows();
    const totals = find(rows, { kind: 'egress', door: '' });
    expect(totals.map(({ scope, stream, bytes, secure }) => [scope, stream, bytes, secure])).toEqual([
      [SCOPE_NUMBERS.stream, 'demo', 140, 40],
      [SCOPE_NUMBERS.app, '', 147, 47],
      [SCOPE_NUMBERS.domain, '', 147, 47],
      [SCOPE_NUMBERS.server, '', 147, 47],
      [SCOPE_NUMBERS.tag, 'team:shop', 147, 47],
      [SCOPE_NUMBERS.stream, 'other', 7, 7],
    ]);
    expect(find(rows, { scope: SCOPE_NUMBERS.app, door: 'flv', template: '' })).toMatchObject([{ bytes: 107 }]);
    expect(find(rows, { scope: SCOPE_NUMBERS.app, door: 'hls', template: 'lud' })).toMatchObject([{ bytes: 40 }]);
  });

  it('knows the most viewers at once of all, which is not the sum of each most', () => {
    const { meter, time } = meterAt();
    const one = meter.joined(PLACE, 'flv', '192.0.2.1');
    time.nowMs += 10_000;
    one.left();
    const two = meter.joined({ ...PLACE, stream: 'other' }, 'rtmp', '192.0.2.2');
    time.nowMs += 5000;
    const rows = meter.rows();
    expect(find(rows, { scope: SCOPE_NUMBERS.domain, door: '' })).toMatchObject([{ peak: 1, seconds: 15, count: 2 }]);
    expect(find(rows, { scope: SCOPE_NUMBERS.domain, door: 'flv', template: '' })).toMatchObject([{ peak: 1 }]);
    expect(find(rows, { scope: SCOPE_NUMBERS.domain, door: 'rtmp', template: '' })).toMatchObject([{ peak: 1 }]);
    two.left();
    two.left();
    meter.reset();
    expect(meter.rows()).toEqual([]);
  });

  it('goes on with who stays, and moves him with what he plays', () => {
    const { meter, time } = meterAt();
    const viewer = meter.joined(PLACE, 'hls', '192.0.2.1');
    time.nowMs += 1000;
    meter.reset();
    time.nowMs += 2000;
    viewer.moved('lud');
    time.nowMs += 3000;
    const rows = meter.rows();
    expect(find(rows, { scope: SCOPE_NUMBERS.stream, template: SOURCE })).toMatchObject([{ seconds: 2, count: 0 }]);
    expect(find(rows, { scope: SCOPE_NUMBERS.stream, template: 'lud' })).toMatchObject([{ seconds: 3, count: 0 }]);
    expect(find(rows, { scope: SCOPE_NUMBERS.server, door: '' })).toMatchObject([{ seconds: 5, peak: 1 }]);
  });

  it('counts rows once however often they are read, and bytes that come later in the next minute', () => {
    const { meter } = meterAt();
    const sent = meter.sent(PLACE, 'flv', false);
    sent.bytes += 10;
    expect(meter.rows()).toEqual(meter.rows());
    meter.reset();
    sent.bytes += 5;
    expect(find(meter.rows(), { scope: SCOPE_NUMBERS.server, door: '' })).toMatchObject([{ bytes: 5 }]);
  });

  it('counts answers, and what was done', () => {
    const { meter } = meterAt();
    meter.answered(STREAM, 'hls', 200);
    meter.answered(STREAM, 'hls', 200);
    meter.answered(STREAM, 'flv', 403);
    meter.did(STREAM, 'transcode', { seconds: 5 }, { template: 'lud', detail: 'h264 640x360' });
    const rows = find(meter.rows(), { scope: SCOPE_NUMBERS.app });
    expect(
      rows.map(({ kind, door, template, detail, count, seconds }) => [kind, door, template, detail, count, seconds]),
    ).toEqual([
      ['requests', 'hls', '', '200', 2, 0],
      ['requests', 'flv', '', '403', 1, 0],
      ['transcode', '', 'lud', 'h264 640x360', 0, 5],
    ]);
  });

  it('has room for so many streams, and counts the others without their names', () => {
    const time = 0;
    const meter = new UsageMeter({ nowMs: () => time, wallMs: () => time, tagsOf: () => [], maxStreams: 2 });
    for (const stream of ['a', 'b', 'c', 'd']) meter.sent({ ...PLACE, stream }, 'flv', false).bytes += 1;
    const rows = meter.rows();
    const streams = find(rows, { scope: SCOPE_NUMBERS.stream, door: '' });
    expect(streams.map(({ stream, bytes }) => [stream, bytes])).toEqual([
      ['a', 1],
      ['b', 1],
      ['', 2],
    ]);
    expect(find(rows, { scope: SCOPE_NUMBERS.domain, door: '' })).toMatchObject([{ bytes: 4 }]);
  });

  it('forgets streams of which nothing is heard', () => {
    const { meter, time } = meterAt();
    meter.sent(PLACE, 'flv', false).bytes += 1;
    const viewer = meter.joined({ ...PLACE, stream: 'watched' }, 'flv', 'x');
    for (let minute = 0; minute < 12; minute++) {
      meter.reset();
      time.nowMs += 60_000;
    }
    viewer.left();
    expect(find(meter.rows(), { scope: SCOPE_NUMBERS.stream, door: '' })).toMatchObject([
      { stream: 'watched', seconds: 60, peak: 1 },
    ]);
  });

  it('tells different viewers apart by hour and day', () => {
    const { meter } = meterAt();
    for (let n = 0; n < 100; n++) meter.joined(PLACE, 'flv', `192.0.2.${n % 50}`);
    const sketches = meter.takeSketches();
    expect(new Set(sketches.map(({ grain, scope }) => `${grain} ${scope}`))).toEqual(
      new Set(['hour 0', 'hour 1', 'hour 2', 'hour 3', 'day 0', 'day 1', 'day 2', 'day 3']),
    );
    expect(meter.takeSketches()).toEqual([]);
  });
});
