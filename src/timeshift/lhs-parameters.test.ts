import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asksForTimeShift, parseTimelineRange, parseTimeShift, type TimeShift } from './lhs-parameters.ts';
import { TimeShiftError, type TimeShiftErrorCode } from './time-shift-error.ts';

/** 2017-08-09T12:01:53Z */
const NOW_MS = 1_502_280_113_000;
const reach = { nowMs: NOW_MS, days: 7 };
const DAY_MS = 86_400_000;

const GOOD: readonly [query: string, asked: TimeShift][] = [
  ['', { kind: 'live' }],
  ['aliyunols=on', { kind: 'live' }],
  ['aliyunols=on&lhs_start=1', { kind: 'live' }],
  ['auth_key=1-0-0-x&other=lhs_', { kind: 'live' }],
  ['lhs_offset_unix_ms_0=1800000', { kind: 'shift', lagMs: 1_800_000 }],
  ['lhs_offset_unix_s_0=1800', { kind: 'shift', lagMs: 1_800_000 }],
  ['lhs_offset_unix_us_0=1800000999', { kind: 'shift', lagMs: 1_800_000 }],
  ['lhs_offset_unix_s_0=0', { kind: 'live' }],
  ['lhs_offset_unix_s_0=-5', { kind: 'live' }],
  ['lhs_offset_unix_ns_0=1', { kind: 'live' }],
  ['lhs_start_unix_s_0=1502280053', { kind: 'shift', lagMs: 60_000 }],
  ['lhs_start_unix_ms_0=1502280053001', { kind: 'shift', lagMs: 59_999 }],
  ['lhs_start_unix_ns_0=1502280053001000000', { kind: 'shift', lagMs: 59_999 }],
  ['lhs_start_unix_ns_0=1502280053000999999', { kind: 'shift', lagMs: 60_000 }],
  ['lhs_start_human_s_0=20170809120053', { kind: 'shift', lagMs: 60_000 }],
  ['lhs_start_human_s_8=20170809200053', { kind: 'shift', lagMs: 60_000 }],
  ['lhs_start_human_ms_8=20170809200053', { kind: 'shift', lagMs: 60_000 }],
  ['lhs_start_unix_s_0=1502280113', { kind: 'live' }],
  ['lhs_start_unix_s_0=1502280999', { kind: 'live' }],
  [
    'aliyunols=on&lhs_start_human_s_8=20170809200010&lhs_end_human_s_8=20170809200110',
    { kind: 'window', startMs: NOW_MS - 103_000, endMs: NOW_MS - 43_000 },
  ],
  [
    'aliyunols=on&auth_key=1-0-0-x&lhs_start=1&lhs_start_unix_s_0=1502270113&lhs_vodend_unix_s_0=1502270233',
    { kind: 'vod', startMs: NOW_MS - 10_000_000, endMs: NOW_MS - 9_880_000 },
  ],
  [
    'lhs_start_unix_ms_0=1502270113000&aliyunols=on&lhs_vodend_unix_ms_0=1502270233000',
    { kind: 'vod', startMs: NOW_MS - 10_000_000, endMs: NOW_MS - 9_880_000 },
  ],
  [
    'lhs_vodend_unix_us_0=1502270233000001&lhs_start_human_s_0=20170809091513',
    { kind: 'vod', startMs: NOW_MS - 10_000_000, endMs: NOW_MS - 9_879_999 },
  ],
  [
    'lhs_start_unix_s_0=1502280053&lhs_vodend_unix_s_0=1502999999',
    { kind: 'vod', startMs: NOW_MS - 60_000, endMs: NOW_MS },
  ],
  [
    'lhs_start_unix_s_0=1502280053&lhs_end_unix_s_0=1502280173',
    { kind: 'window', startMs: NOW_MS - 60_000, endMs: NOW_MS + 60_000 },
  ],
  [`lhs_offset_unix_s_0=${7 * 86_400}`, { kind: 'shift', lagMs: 7 * DAY_MS }],
  [`lhs_offset_unix_s_0=${7 * 86_400 + 59}`, { kind: 'shift', lagMs: 7 * DAY_MS + 59_000 }],
];

const BAD: readonly [query: string, code: TimeShiftErrorCode][] = [
  ['lhs_start_unix_s=1502280053', 'LHS_UNKNOWN'],
  ['lhs_begin_unix_s_0=1502280053', 'LHS_UNKNOWN'],
  ['lhs_start_iso_s_0=1502280053', 'LHS_UNKNOWN'],
  ['lhs_start_unix_m_0=1502280053', 'LHS_UNKNOWN'],
  ['lhs_start_unix_s_a=1502280053', 'LHS_UNKNOWN'],
  ['lhs_=1', 'LHS_UNKNOWN'],
  ['lhs_start=2', 'LHS_VALUE'],
  ['lhs_start_human_s_10=20170809200010', 'LHS_ZONE'],
  ['lhs_start_human_s_-8=20170809200010', 'LHS_ZONE'],
  ['lhs_start_unix_s_8=1502280053', 'LHS_ZONE'],
  ['lhs_offset_unix_s_8=1800', 'LHS_ZONE'],
  ['lhs_start_unix_s_0=', 'LHS_VALUE'],
  ['lhs_start_unix_s_0=1.5e9', 'LHS_VALUE'],
  ['lhs_start_unix_s_0=0x10', 'LHS_VALUE'],
  ['lhs_start_unix_s_0=+1502280053', 'LHS_VALUE'],
  [`lhs_start_unix_s_0=${'9'.repeat(400)}`, 'LHS_VALUE'],
  ['lhs_start_unix_s_0=1502280053000000', 'LHS_OUT_OF_RANGE'],
  ['lhs_start_unix_s_0=-1', 'LHS_OUT_OF_RANGE'],
  ['lhs_offset_unix_s_0=99999999999999999999', 'LHS_OUT_OF_RANGE'],
  ['lhs_offset_human_s_0=20170809200010', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20170231000000', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20171301000000', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20170800000000', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20170809240000', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20170809126000', 'LHS_VALUE'],
  ['lhs_start_human_s_8=20170809120060', 'LHS_VALUE'],
  ['lhs_start_human_s_8=2017080912', 'LHS_VALUE'],
  ['lhs_start_human_s_8=00990809120000', 'LHS_OUT_OF_RANGE'],
  ['lhs_start_human_s_9=19700101000000', 'LHS_OUT_OF_RANGE'],
  ['lhs_start_unix_s_0=1502280053&lhs_start_unix_s_0=1502280053', 'LHS_CONFLICT'],
  ['lhs_start_unix_s_0=1502280053&lhs_start_human_s_8=20170809200010', 'LHS_CONFLICT'],
  ['lhs_start_unix_s_0=1502280053&lhs_offset_unix_s_0=60', 'LHS_CONFLICT'],
  ['lhs_offset_unix_s_0=60&lhs_end_unix_s_0=1502280053', 'LHS_CONFLICT'],
  ['lhs_start_unix_s_0=1502280001&lhs_end_unix_s_0=1502280053&lhs_vodend_unix_s_0=1502280053', 'LHS_CONFLICT'],
  ['lhs_end_unix_s_0=1502280053', 'LHS_CONFLICT'],
  ['lhs_vodend_unix_s_0=1502280053', 'LHS_CONFLICT'],
  ['lhs_start_unix_s_0=1502280053&lhs_end_unix_s_0=1502280053', 'LHS_REVERSED'],
  ['lhs_start_unix_s_0=1502280053&lhs_vodend_unix_s_0=1502280001', 'LHS_REVERSED'],
  ['lhs_start_unix_s_0=1502280113&lhs_vodend_unix_s_0=1502280199', 'LHS_IN_FUTURE'],
  ['lhs_start_unix_s_0=1502280999&lhs_end_unix_s_0=1502281000', 'LHS_IN_FUTURE'],
  ['lhs_start_unix_s_0=1', 'LHS_TOO_FAR_BACK'],
  ['lhs_start_unix_s_0=1&lhs_vodend_unix_s_0=1502280001', 'LHS_TOO_FAR_BACK'],
  [`lhs_offset_unix_s_0=${7 * 86_400 + 61}`, 'LHS_TOO_FAR_BACK'],
];

function refusalOf(query: string): TimeShiftError | undefined {
  try {
    parseTimeShift(query, reach);
    return undefined;
  } catch (error) {
    if (error instanceof TimeShiftError) return error;
    throw error;
  }
}

describe('parseTimeShift', () => {
  it.each(GOOD)('reads %s', (query, asked) => {
    expect(parseTimeShift(query, reach)).toEqual(asked);
    const reversed = query.split('&').toReversed().join('&');
    expect(parseTimeShift(`?${reversed}`, reach)).toEqual(asked);
  });

  it.each(BAD)('refuses %s', (query, code) => {
    const refusal = refusalOf(query);
    expect(refusal).toMatchObject({ code, message: expect.any(String), remedy: expect.stringMatching(/\.$/) });
    expect(refusal?.message.length).toBeLessThan(200);
    expect(refusalOf(query.split('&').toReversed().join('&'))?.code).toBe(code);
  });

  it('says the same in every unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: NOW_MS - 7 * DAY_MS, max: NOW_MS - 1 }), (startMs) => {
        const asked = { kind: 'shift', lagMs: NOW_MS - startMs };
        for (const [unit, digits] of [
          ['ms', ''],
          ['us', '000'],
          ['ns', '000000'],
        ]) {
          expect(parseTimeShift(`lhs_start_unix_${unit}_0=${startMs}${digits}`, reach)).toEqual(asked);
        }
        for (const zone of [0, 5, 9]) {
          const local = new Date(startMs + zone * 3_600_000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
          const whole = { kind: 'shift', lagMs: NOW_MS - Math.floor(startMs / 1000) * 1000 };
          expect(parseTimeShift(`lhs_start_human_s_${zone}=${local}`, reach)).toEqual(
            whole.lagMs > 7 * DAY_MS + 60_000 ? expect.anything() : whole,
          );
        }
      }),
    );
  });

  it('gives a time within reach or a refusal for whatever it is asked', () => {
    const piece = fc.oneof(
      fc.constantFrom('lhs_', 'start', 'end', 'vodend', 'offset', '_unix_', '_human_', 's', 'ms', '_0', '_8', '=', '&'),
      fc.integer().map(String),
      fc.constantFrom('1502280053', '20170809200010', '20170231000000', '-', '%', '\u0000'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const query = pieces.join('');
        if (refusalOf(query)) return;
        const asked = parseTimeShift(query, reach);
        if (asked.kind === 'shift') expect(asked.lagMs > 0 && asked.lagMs <= 7 * DAY_MS + 60_000).toBe(true);
        if ('startMs' in asked) expect(asked.startMs < asked.endMs && asked.startMs < NOW_MS).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('asksForTimeShift', () => {
  it.each([
    ['lhs_offset_unix_s_0=1', true],
    ['a=b&lhs_start=1', true],
    ['xlhs_=1', false],
    ['', false],
  ])('%s: %s', (query, asks) => {
    expect(asksForTimeShift(query)).toBe(asks);
  });
});

describe('parseTimelineRange', () => {
  it.each([
    ['', { startMs: NOW_MS - 7 * DAY_MS, endMs: NOW_MS }],
    ['lhs_start_unix_s_0=1502280053&lhs_end_unix_s_0=1502280100', { startMs: NOW_MS - 60_000, endMs: NOW_MS - 13_000 }],
    ['lhs_start_unix_s_0=1&lhs_end_unix_s_0=9999999999', { startMs: NOW_MS - 7 * DAY_MS, endMs: NOW_MS }],
  ])('reads %s', (query, range) => {
    expect(parseTimelineRange(query, reach)).toEqual(range);
  });

  it.each([
    ['lhs_start_unix_s_0=1502280100&lhs_end_unix_s_0=1502280053', 'LHS_REVERSED'],
    ['lhs_offset_unix_s_0=5', 'LHS_CONFLICT'],
    ['lhs_vodend_unix_s_0=1502280100', 'LHS_CONFLICT'],
  ])('refuses %s', (query, code) => {
    expect(() => parseTimelineRange(query, reach)).toThrow(expect.objectContaining({ code }));
  });
});
