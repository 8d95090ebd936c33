import { describe, expect, it } from 'vitest';
import { planOf, Stage } from './test-recording.ts';

describe('the cycle', () => {
  it('cuts at the first segment boundary after it', () => {
    const stage = new Stage();
    stage.publish(
      'a',
      planOf({
        formats: [
          { format: 'mp4', cycleSeconds: 15 },
          { format: 'flv', cycleSeconds: 20 },
        ],
      }),
    );
    stage.segments(20);
    expect(stage.said).toEqual([
      'started a',
      'cut mp4 0: 100-107',
      'cut flv 0: 100-109',
      'cut mp4 1: 108-115',
      'cut flv 1: 110-119',
    ]);
  });

  it('takes what misses it by a frame for it', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats: [{ format: 'mp4', cycleSeconds: 20 }] }));
    stage.segments(10, { durationMs: 1999 });
    expect(stage.said).toEqual(['started a', 'cut mp4 0: 100-109']);
  });

  it('lasts an hour, of which each part is in one file', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3600);
    expect(stage.said).toEqual(['started a', 'cut mp4 0: 100-1899', 'cut mp4 1: 1900-3699']);
  });

  it('leaves nothing to be cut where the end meets it', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats: [{ format: 'mp4', cycleSeconds: 20 }] }));
    stage.segments(10);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started a', 'cut mp4 0: 100-109', 'paused a']);
    stage.publish('b', planOf());
    stage.segments(1);
    expect(stage.said).toEqual(['started b']);
  });

  it('counts files from 0 in each recording', () => {
    const stage = new Stage();
    const plan = planOf({ formats: [{ format: 'mp4', cycleSeconds: 20 }] });
    for (const session of ['a', 'b']) {
      stage.publish(session, plan);
      stage.segments(11);
      stage.session.unpublished();
      stage.clock.advance(180_000);
    }
    expect(stage.said.filter((each) => each.startsWith('cut'))).toEqual([
      'cut mp4 0: 100-109',
      'cut mp4 1: 110-110',
      'cut mp4 0: 111-120',
      'cut mp4 1: 121-121',
    ]);
  });
});

describe('slices', () => {
  const formats = [{ format: 'm3u8', cycleSeconds: 60, sliceSeconds: 10 }];

  it('go out while the file grows, and the last of them before it', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats: [{ ...formats[0], cycleSeconds: 24 }] }));
    stage.segments(14);
    expect(stage.effects[1]).toMatchObject({
      kind: 'slice',
      durationMs: 10_000,
      file: { firstSegment: 100, sequence: 0 },
    });
    expect(stage.effects.at(-1)).toMatchObject({ kind: 'cut', durationMs: 24_000 });
    stage.segments(5);
    expect(stage.effects.at(-1)).toMatchObject({ kind: 'slice', file: { firstSegment: 112, sequence: 1 } });
    expect(stage.said).toEqual([
      'started a',
      'slice m3u8 0: 100-104',
      'slice m3u8 1: 105-109',
      'slice m3u8 2: 110-111',
      'cut m3u8 0: 100-111',
      'slice m3u8 3: 112-116',
    ]);
  });

  it('end at a reconnect and at a hole', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats }));
    stage.segments(3);
    stage.session.unpublished();
    stage.publish('b', planOf({ formats }));
    stage.segments(2, { isDiscontinuity: true });
    stage.session.command('stop');
    stage.segments(4);
    stage.session.command('start');
    stage.segments(2);
    expect(stage.said).toEqual([
      'started a',
      'paused a',
      'resumed b',
      'slice m3u8 0: 100-102',
      'paused b',
      'resumed b',
      'slice m3u8 1: 103-105',
    ]);
    expect(stage.session.state.files[0]?.tally.ranges).toEqual([
      { first: 100, last: 105 },
      { first: 109, last: 110 },
    ]);
  });
});

describe('times', () => {
  it('record what lies in a window, with the segments around its edges', () => {
    const stage = new Stage();
    const plan = planOf({ schedule: [{ from: '00:01', to: '00:02' }] });
    stage.clock.advance(1000);
    stage.publish('a', plan);
    stage.segments(29);
    expect(stage.said).toEqual([]);
    stage.segments(1);
    expect(stage.said).toEqual(['started a']);
    stage.segments(30);
    expect(stage.said).toEqual([]);
    stage.segments(1);
    expect(stage.said).toEqual(['paused a', 'cut mp4 0: 129-159']);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('make a file for each window', () => {
    const stage = new Stage();
    stage.publish(
      'a',
      planOf({
        schedule: [
          { from: '00:01', to: '00:02' },
          { from: '00:03', to: '00:04' },
        ],
      }),
    );
    stage.segments(130);
    expect(stage.said).toEqual([
      'started a',
      'paused a',
      'cut mp4 0: 130-159',
      'started a',
      'paused a',
      'cut mp4 0: 190-219',
    ]);
  });

  it.each([
    [
      'begin and end on a date',
      '2026-01-01T00:01:00Z',
      '2026-01-01T00:01:30Z',
      ['started a', 'paused a', 'cut mp4 0: 130-144'],
    ],
    ['are over', '2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z', []],
    ['are to come', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', []],
  ])('%s', (_, startTime, endTime, said) => {
    const stage = new Stage();
    stage.publish('a', planOf({ startTime, endTime }));
    stage.segments(100);
    expect(stage.said).toEqual(said);
  });

  it('end with a publish that is gone when the window closes', () => {
    const stage = new Stage();
    const plan = planOf({ schedule: [{ from: '00:00', to: '00:01' }] });
    stage.publish('a', plan);
    stage.segments(25);
    stage.session.unpublished();
    stage.clock.advance(20_000);
    stage.publish('b', plan);
    stage.segments(1);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-124']);
  });
});
