import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amf0Value, asEcmaArray, encodeAmf0 } from '../protocol/amf/index.ts';
import { CuePoints, cuePointName } from './cue-points.ts';

const cue = (record: Record<string, Amf0Value>, ...before: string[]) =>
  encodeAmf0(...before, 'onCuePoint', asEcmaArray({ ...record }));

describe('cuePointName', () => {
  it.each([
    ['its name', cue({ name: 'Goal', time: 12.5, type: 'event' }), 'Goal'],
    ['its name after @setDataFrame', cue({ name: 'Goal' }, '@setDataFrame'), 'Goal'],
    ['a name of its parameters', cue({ name: '', parameters: { title: 'Half time' } }), 'Half time'],
    ['no name', cue({ time: 1 }), ''],
    ['a name that is a number', cue({ name: 4, parameters: [1] }), ''],
    ['an object', encodeAmf0('onCuePoint', { name: 'x' }), 'x'],
    ['a name that is long', cue({ name: 'x'.repeat(5000) }), 'x'.repeat(200)],
  ])('is %s', (_, payload, name) => {
    expect(cuePointName(payload)).toBe(name);
  });

  it.each([
    ['metadata', encodeAmf0('onMetaData', asEcmaArray({ name: 'x' }))],
    ['no record', encodeAmf0('onCuePoint', 'x')],
    ['nothing behind it', encodeAmf0('onCuePoint')],
    ['nothing', new Uint8Array()],
    ['half a message', cue({ name: 'Goal' }).subarray(0, 20)],
    ['a message of 20 kB', cue({ name: 'x'.repeat(20_000) })],
    ['too many values', encodeAmf0('onCuePoint', { parameters: Array.from({ length: 200 }, () => 1) })],
  ])('is missing in %s', (_, payload) => {
    expect(cuePointName(payload)).toBeUndefined();
  });

  it('throws at no bytes', () => {
    const start = encodeAmf0('onCuePoint');
    const bytes = fc.uint8Array({ maxLength: 60 }).map((rest) => Buffer.concat([start, rest]));
    fc.assert(fc.property(fc.oneof(bytes, fc.uint8Array()), (payload) => void cuePointName(payload)));
  });
});

describe('CuePoints', () => {
  it('makes one marker a second, where the message came', () => {
    const points = new CuePoints();
    const times = [0, 500, 999, 1000, 1900, 60_000];
    const made = times.map((dtsMs) =>
      points.markerOf({ kind: 'data', dtsMs, wallMs: 5_000_000 + dtsMs, data: cue({ name: 'a', time: 99 }) }),
    );
    expect(made.map((marker) => marker?.atWallMs)).toEqual([
      5_000_000,
      undefined,
      undefined,
      5_001_000,
      undefined,
      5_060_000,
    ]);
    expect(made[0]).toEqual({ atWallMs: 5_000_000, name: 'a', by: 'cue_point' });
  });

  it('does not count other messages', () => {
    const points = new CuePoints();
    const other = encodeAmf0('onMetaData', {});
    expect(points.markerOf({ kind: 'data', dtsMs: 0, wallMs: 0, data: other })).toBeUndefined();
    expect(points.markerOf({ kind: 'data', dtsMs: 1, wallMs: 1, data: cue({}) })?.atWallMs).toBe(1);
  });
});
