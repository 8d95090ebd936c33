import { describe, expect, it } from 'vitest';
import { numbersFrom, planOf, Stage } from './test-recording.ts';

describe('a restart', () => {
  const formats = [
    { format: 'mp4', cycleSeconds: 60 },
    { format: 'm3u8', cycleSeconds: 60, sliceSeconds: 10 },
  ];

  it('goes on with the same files for a publisher who is back within the delay', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats }));
    stage.segments(7);
    stage.crash({ downMs: 100_000 });
    expect(stage.said).toEqual(['started a', 'slice m3u8 0: 100-104', 'paused a']);
    expect(stage.clock.pendingTimers).toBe(1);
    stage.number += 2;
    stage.publish('b', planOf({ formats }));
    expect(stage.clock.pendingTimers).toBe(0);
    stage.segments(3);
    expect(stage.said).toEqual(['resumed b', 'slice m3u8 1: 105-106']);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual([
      ...['paused b', 'cut mp4 0: 100-106,109-111'],
      ...['slice m3u8 2: 109-111', 'cut m3u8 0: 100-106,109-111'],
    ]);
  });

  it.each([
    ['of what was recorded to the end, since the last segment', false],
    ['of what was paused, since then', true],
  ])('counts the delay %s, over any number of restarts', (_, isPaused) => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    if (isPaused) {
      stage.clock.advance(1000);
      stage.session.unpublished();
    }
    stage.crash({ downMs: 50_000 });
    stage.crash({ downMs: 50_000 });
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.clock.advance(79_999);
    expect(stage.said).toEqual([]);
    stage.clock.advance(1);
    expect(stage.said).toEqual(['cut mp4 0: 100-102']);
  });

  it('has no timer once it is closed, and the segment that comes into the archive after that in its file', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(2);
    stage.session.unpublished();
    stage.session.close();
    stage.segments(1);
    expect(stage.clock.pendingTimers).toBe(0);
    stage.crash();
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
  });

  it('waits no longer than the delay when the wall clock was set back', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.clock.stepWall(-3_600_000);
    stage.crash({ downMs: 1000 });
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
  });

  it('leaves a manual recording to its delay, which a publisher who is back does not end', () => {
    const stage = new Stage();
    const manual = planOf({ onDemand: 'manual' });
    stage.publish('a', manual);
    stage.session.command('start');
    stage.segments(3);
    stage.crash({ downMs: 10_000 });
    stage.publish('b', manual);
    stage.segments(85);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
  });

  it('cuts at once a state of before the delay was kept', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    const { delayFromMs: _, ...state } = stage.session.state;
    stage.crash({ state: { ...state, lastSegment: 102 }, downMs: 0 });
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
  });

  it('cuts what was open after the delay, with what became whole since the state was kept', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats }), { callback_x: '1' });
    stage.segments(9);
    expect(stage.said).toEqual(['started a', 'slice m3u8 0: 100-104']);
    stage.crash();
    expect(stage.effects[0]).toMatchObject({ status: 'record_paused', sessionId: 'a', number: 2 });
    expect(stage.effects.at(-1)).toMatchObject({ pushArgs: { callback_x: '1' }, durationMs: 18_000 });
    expect(stage.said).toEqual(['paused a', 'cut mp4 0: 100-108', 'slice m3u8 1: 105-108', 'cut m3u8 0: 100-108']);
    expect([stage.clock.pendingTimers, stage.session.state.isLive, stage.session.state.lastSegment]).toEqual([
      0,
      false,
      108,
    ]);
    stage.crash();
    expect(stage.said).toEqual([]);
    stage.publish('b', planOf());
    stage.segments(1);
    expect(stage.said).toEqual(['started b']);
  });

  it('says again what was said after the state was kept, and the same of it', () => {
    for (const segments of [1, 7, 29, 30, 31, 45, 60, 61]) {
      const stage = new Stage();
      stage.publish('a', planOf({ formats }));
      const kept = stage.kept;
      stage.segments(segments);
      const said = stage.said;
      stage.crash({ state: kept });
      const again = stage.said;
      expect(again.slice(0, said.length)).toEqual(said);
      expect(again.length).toBeGreaterThan(said.length);
    }
  });

  it('leaves out of the files what the crash took from the archive', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats }));
    stage.segments(7);
    const { kept } = stage;
    stage.said;
    stage.crash({ state: stage.session.state, archived: stage.archived.slice(0, 6) });
    expect(stage.effects.at(-1)).toMatchObject({ durationMs: 12_000, lastSegment: 105 });
    expect(stage.said).toEqual(['paused a', 'cut mp4 0: 100-105', 'slice m3u8 1: 105-105', 'cut m3u8 0: 100-105']);
    stage.crash({ state: kept, archived: [] });
    expect(stage.said).toEqual(['paused a']);
  });

  it('does not bring back what was stopped', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.command('stop');
    stage.segments(20);
    stage.crash();
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-103']);
  });

  it('takes the same turn at every instant', () => {
    const whole = (crashAt: number, downMs: number) => {
      const stage = new Stage();
      stage.publish('a', planOf({ formats: [{ format: 'mp4', cycleSeconds: 15 }] }));
      for (let made = 0; made < 40; made++) {
        stage.segments(1);
        if (made !== crashAt) continue;
        stage.crash({ downMs });
        stage.publish('a', planOf({ formats: [{ format: 'mp4', cycleSeconds: 15 }] }));
      }
      stage.session.unpublished();
      stage.clock.advance(180_000);
      const cuts = stage.effects.flatMap((effect) => (effect.kind === 'cut' ? [effect] : []));
      // What is said again is the same file.
      const files = [...new Map(cuts.map((cut) => [cut.firstSegment, cut])).values()];
      return files.flatMap(({ ranges }) => ranges.flatMap(({ first, last }) => numbersFrom(first, last - first + 1)));
    };
    for (const downMs of [10_000, 200_000]) {
      for (let crashAt = -1; crashAt < 40; crashAt++) expect(whole(crashAt, downMs)).toEqual(numbersFrom(100, 40));
    }
  });

  it('has a file that began in the state that was kept', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats: [{ format: 'mp4', cycleSeconds: 20 }] }));
    for (const [segments, files] of [
      [1, 1],
      [9, 0],
      [1, 1],
      [5, 1],
    ] as const) {
      stage.segments(segments);
      expect(stage.kept?.files.length).toBe(files);
    }
    stage.crash();
    expect(stage.said).toEqual(['started a', 'cut mp4 0: 100-109', 'paused a', 'cut mp4 1: 110-115']);
  });

  it('keeps plain JSON', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats }), { callback_x: '1' });
    stage.segments(9);
    const { state } = stage.session;
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
