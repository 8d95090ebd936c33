import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import { rulesSchema, type StreamSettings, streamSettingsSchema } from '../rules/index.ts';
import type { RecordingEffect } from './recording-effect.ts';
import type { WholeSegment } from './recording-file.ts';
import { type RecordingPlan, recordingPlanOf } from './recording-plan.ts';
import { type RecordingCommand, RecordingSession } from './recording-session.ts';
import { earliestSegment, type RecordingState } from './recording-state.ts';

const SEGMENT_MS = 2000;

type RecordInput = NonNullable<Parameters<typeof streamSettingsSchema.parse>[0]>;

function settingsOf(record: object): StreamSettings['record'] {
  return streamSettingsSchema.parse({ record: { enabled: true, ...record } } as RecordInput).record;
}

function planOf(record: object = {}): RecordingPlan {
  const plan = recordingPlanOf(settingsOf(record));
  if (plan === undefined) throw new Error('nothing is recorded');
  return plan;
}

const numbersFrom = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

function textOf(effect: RecordingEffect): string {
  if (effect.kind === 'statusChanged') return `${effect.status.slice('record_'.length)} ${effect.sessionId}`;
  const ranges = effect.ranges.map(({ first, last }) => `${first}-${last}`).join(',');
  return `${effect.kind} ${effect.rule.format} ${effect.sequence}: ${ranges}`;
}

type Crash = {
  readonly state?: RecordingState | undefined;
  readonly archived?: readonly WholeSegment[];
  /** 200 s, and with it every delay here, where it is left out. */
  readonly downMs?: number;
};

/** A stream whose segments last 2 s, with the recording of it. */
class Stage {
  readonly clock = new TestClock();
  readonly effects: RecordingEffect[] = [];
  readonly archived: WholeSegment[] = [];
  kept: RecordingState | undefined;
  number = 100;
  session = new RecordingSession(this.options);

  get options() {
    return {
      clock: this.clock,
      onChange: (effects: readonly RecordingEffect[], state: RecordingState) => {
        this.effects.push(...effects);
        this.kept = structuredClone(state);
      },
    };
  }

  /** What followed since the last look. */
  get said(): string[] {
    return this.effects.splice(0).map(textOf);
  }

  publish(sessionId: string, plan: RecordingPlan | undefined, pushArgs: Readonly<Record<string, string>> = {}): void {
    this.session.published({ sessionId, pushArgs, firstSegment: this.number, plan });
  }

  /** The next segments become whole, each after its time. */
  segments(count: number, { isDiscontinuity = false, durationMs = SEGMENT_MS } = {}): void {
    for (let made = 0; made < count; made++) {
      const wallMs = this.clock.wallMs();
      this.clock.advance(durationMs);
      const segment = { number: this.number++, wallMs, durationMs, isDiscontinuity: isDiscontinuity && made === 0 };
      this.archived.push(segment);
      this.session.segmentWhole(segment);
    }
  }

  refused(command: RecordingCommand): string {
    try {
      this.session.command(command);
      return '';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }

  /** The server is killed and starts again after so long: all that it has is what was kept. */
  crash({ state = this.kept, archived = this.archived, downMs = 200_000 }: Crash = {}): void {
    if (state === undefined) throw new Error('nothing was kept');
    this.session.close();
    this.clock.advance(downMs);
    const from = earliestSegment(state);
    const options = this.options;
    this.session = RecordingSession.restore(
      options,
      structuredClone(state),
      archived.filter(({ number }) => number >= from),
    );
  }
}

describe('RecordingSession', () => {
  it('begins with the first segment, and makes the file when the delay has passed', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    expect([stage.said, stage.session.isRecording]).toEqual([[], false]);
    stage.segments(5);
    expect([stage.said, stage.session.isRecording]).toEqual([['started a'], true]);
    stage.session.unpublished();
    expect(stage.said).toEqual(['paused a']);
    stage.clock.advance(179_999);
    expect(stage.said).toEqual([]);
    stage.clock.advance(1);
    expect(stage.said).toEqual(['cut mp4 0: 100-104']);
    expect([stage.clock.pendingTimers, stage.session.state.status, stage.session.state.files]).toEqual([0, 'idle', []]);
  });

  it('says of a file when it began and ended, whose it is and where it goes', () => {
    const stage = new Stage();
    const startWallMs = stage.clock.wallMs();
    stage.publish('a', planOf({ storage: 'archive' }), { callback_id: '1' });
    stage.segments(2);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    const cut = stage.effects.at(-1);
    expect(cut).toEqual({
      kind: 'cut',
      ...{ rule: planOf().formats[0], storage: 'archive', sessionId: 'a', pushArgs: { callback_id: '1' } },
      ...{ sequence: 0, firstSegment: 100, lastSegment: 101, ranges: [{ first: 100, last: 101 }] },
      ...{ startWallMs, endWallMs: startWallMs + 4000, durationMs: 4000 },
    });
  });

  it('counts what it says of the status, with the time', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(1);
    stage.session.unpublished();
    const atMs = stage.clock.wallMs();
    expect(stage.effects).toEqual([
      { kind: 'statusChanged', status: 'record_started', sessionId: 'a', number: 1, atMs },
      { kind: 'statusChanged', status: 'record_paused', sessionId: 'a', number: 2, atMs },
    ]);
  });

  it('records nothing without a plan, and nothing of a publish that gives no segment', () => {
    const stage = new Stage();
    stage.publish('a', undefined);
    stage.segments(3);
    stage.session.unpublished();
    stage.publish('b', planOf());
    stage.session.unpublished();
    stage.clock.advance(1_000_000);
    expect([stage.said, stage.clock.pendingTimers]).toEqual([[], 0]);
  });

  it('does not end before it begins when the clock is set back', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(2);
    stage.session.unpublished();
    stage.clock.stepWall(-3_600_000);
    stage.publish('b', planOf());
    stage.segments(2, { isDiscontinuity: true });
    stage.session.unpublished();
    stage.clock.advance(180_000);
    const { startWallMs, endWallMs, durationMs } = stage.effects.at(-1) as { kind: 'cut' } & RecordingEffect & {
        kind: 'cut';
      };
    expect([startWallMs, durationMs]).toEqual([Date.UTC(2026, 0, 1), 8000]);
    expect(endWallMs).toBeGreaterThanOrEqual(startWallMs);
  });
});

describe('the delay', () => {
  it('merges a publisher who comes back inside it', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished();
    stage.clock.advance(179_000);
    stage.publish('b', planOf(), { callback_x: 'b' });
    stage.clock.advance(10_000);
    stage.segments(2, { isDiscontinuity: true });
    expect(stage.said).toEqual(['started a', 'paused a', 'resumed b']);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.effects.at(-1)).toMatchObject({ sessionId: 'b', pushArgs: { callback_x: 'b' }, durationMs: 10_000 });
    expect(stage.said).toEqual(['paused b', 'cut mp4 0: 100-104']);
  });

  it('is over for one who comes back after it', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ delaySeconds: 15 }));
    stage.segments(3);
    stage.session.unpublished();
    stage.clock.advance(15_000);
    stage.publish('b', planOf());
    stage.segments(1);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102', 'started b']);
  });

  it('begins anew when the one who came back is gone without a segment', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished();
    stage.clock.advance(100_000);
    stage.publish('b', planOf());
    stage.clock.advance(100_000);
    stage.session.unpublished();
    stage.clock.advance(179_999);
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.clock.advance(1);
    expect(stage.said).toEqual(['cut mp4 0: 100-102']);
  });

  it('takes the last segment, which becomes whole after the publisher is gone', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished();
    stage.segments(1);
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-103']);
  });

  it('makes a file of a publish whose only segment becomes whole after its end', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.session.unpublished();
    stage.segments(1);
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-100']);
  });

  it('leaves out a segment that becomes whole after it', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    stage.segments(1);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
    expect(stage.session.state.status).toBe('idle');
  });

  it('leaves out what is left of a short publish when the next is not recorded', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.session.published({ sessionId: 'b', pushArgs: {}, firstSegment: stage.number + 1, plan: undefined });
    stage.segments(2);
    expect(stage.said).toEqual([]);
  });

  it('takes a takeover for a reconnect, and the last segment of the one before for his', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.published({ sessionId: 'b', pushArgs: {}, firstSegment: stage.number + 1, plan: planOf() });
    stage.segments(1);
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.segments(1, { isDiscontinuity: true });
    expect(stage.said).toEqual(['resumed b']);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['paused b', 'cut mp4 0: 100-104']);
  });

  it('goes on under new rules: formats that are gone are cut, others begin', () => {
    const stage = new Stage();
    stage.publish('a', planOf({ formats: [{ format: 'mp4' }, { format: 'flv' }] }));
    stage.segments(2);
    stage.session.unpublished();
    stage.publish(
      'b',
      planOf({
        formats: [{ format: 'cmaf' }, { format: 'mp4', object: '{AppName}/{StreamName}/{StartTime}{EndTime}' }],
      }),
    );
    stage.segments(1, { isDiscontinuity: true });
    stage.session.unpublished();
    stage.clock.advance(180_000);
    const last = stage.effects.at(-1);
    expect(last?.kind === 'cut' && last.rule.object).toBe('{AppName}/{StreamName}/{StartTime}{EndTime}');
    expect(stage.said).toEqual([
      'started a',
      'paused a',
      'resumed b',
      'cut flv 0: 100-101',
      'paused b',
      'slice cmaf 0: 102-102',
      'cut cmaf 0: 102-102',
      'cut mp4 0: 100-102',
    ]);
  });

  it('runs out under a publish that is no longer recorded', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(2);
    stage.session.unpublished();
    stage.publish('b', undefined);
    stage.segments(100);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-101']);
  });
});

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

describe('commands', () => {
  const manual = planOf({ onDemand: 'manual' });

  it('begin and end a manual recording at the segments under way', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.segments(3);
    expect(stage.said).toEqual([]);
    stage.session.command('start');
    stage.segments(3);
    expect(stage.said).toEqual(['started a']);
    stage.session.command('stop');
    expect(stage.said).toEqual(['paused a']);
    stage.segments(89);
    expect(stage.said).toEqual([]);
    stage.segments(1);
    expect(stage.said).toEqual(['cut mp4 0: 103-106']);
  });

  it('go on with the file inside the delay, without what was between', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.session.command('start');
    stage.segments(3);
    stage.session.command('stop');
    stage.segments(10);
    stage.session.command('start');
    stage.segments(2);
    stage.session.command('stop');
    stage.segments(90);
    expect(stage.effects.at(-1)).toMatchObject({ firstSegment: 100, lastSegment: 115, durationMs: 14_000 });
    expect(stage.said).toEqual(['started a', 'paused a', 'resumed a', 'paused a', 'cut mp4 0: 100-103,113-115']);
  });

  it('are taken within one segment', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.segments(1);
    stage.session.command('start');
    stage.session.command('stop');
    stage.segments(3);
    stage.session.command('start');
    stage.session.command('stop');
    stage.session.command('start');
    stage.segments(2);
    expect(stage.said).toEqual(['started a', 'paused a', 'resumed a']);
    expect(stage.session.state.files[0]?.tally.ranges).toEqual([
      { first: 101, last: 101 },
      { first: 104, last: 105 },
    ]);
  });

  it('restart cuts and goes on', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.command('restart');
    expect(stage.said).toEqual(['started a', 'cut mp4 0: 100-102']);
    stage.session.command('restart');
    stage.segments(2);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['paused a', 'cut mp4 1: 103-104']);
  });

  it('cancel_delay makes the file with the segment in which it was stopped', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.session.command('start');
    stage.segments(3);
    stage.session.command('stop');
    stage.session.command('cancel_delay');
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.segments(1);
    expect([stage.said, stage.clock.pendingTimers]).toEqual([['cut mp4 0: 100-103'], 0]);
    stage.segments(5);
    stage.session.command('start');
    stage.segments(1);
    expect(stage.said).toEqual(['started a']);
  });

  it('cancel_delay makes it at once when nothing more can come', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished();
    stage.session.command('cancel_delay');
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
    stage.publish('b', planOf());
    stage.segments(1);
    stage.session.command('stop');
    stage.segments(2);
    stage.session.command('cancel_delay');
    expect(stage.said).toEqual(['started b', 'paused b', 'cut mp4 0: 103-104']);
  });

  it('cancel_delay waits for the segment that the publisher left, while it is on its way into the archive', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(3);
    stage.session.unpublished(103);
    stage.session.command('cancel_delay');
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.segments(1);
    expect([stage.said, stage.clock.pendingTimers]).toEqual([['cut mp4 0: 100-103'], 0]);
    stage.publish('b', planOf());
    stage.segments(1);
    stage.session.unpublished(105);
    stage.session.command('cancel_delay');
    // The archive could not take it.
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started b', 'paused b', 'cut mp4 0: 104-104']);
  });

  it('a start after cancel_delay and before the end of that segment keeps the two apart', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.session.command('start');
    stage.segments(3);
    stage.session.command('stop');
    stage.session.command('cancel_delay');
    stage.session.command('start');
    stage.segments(3);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-103', 'started a']);
  });

  it('a disconnect ends a manual recording, which does not resume by itself', () => {
    const stage = new Stage();
    stage.publish('a', manual);
    stage.session.command('start');
    stage.segments(3);
    stage.session.unpublished();
    stage.clock.advance(10_000);
    stage.publish('b', manual);
    stage.segments(84);
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.segments(1);
    expect(stage.said).toEqual(['cut mp4 0: 100-102']);
    stage.session.command('start');
    stage.segments(1);
    expect(stage.said).toEqual(['started b']);
  });

  it('an automatic recording that was stopped stays so until the next publish', () => {
    const stage = new Stage();
    stage.publish('a', planOf());
    stage.segments(2);
    stage.session.command('stop');
    stage.segments(100);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-102']);
    stage.session.unpublished();
    stage.publish('b', planOf());
    stage.segments(1, { isDiscontinuity: true });
    expect(stage.said).toEqual(['started b']);
  });

  const before: Readonly<Record<string, (stage: Stage) => void>> = {
    'nobody publishes': () => undefined,
    'nothing of it is recorded': (stage) => stage.publish('a', undefined),
    'it is published': (stage) => {
      stage.publish('a', manual);
      stage.segments(1);
    },
    'it is started': (stage) => {
      stage.publish('a', manual);
      stage.session.command('start');
    },
    'it is recorded': (stage) => {
      stage.publish('a', planOf());
      stage.segments(1);
    },
    'it is stopped': (stage) => {
      stage.publish('a', planOf());
      stage.segments(1);
      stage.session.command('stop');
    },
    'its publisher is gone': (stage) => {
      stage.publish('a', planOf());
      stage.segments(1);
      stage.session.unpublished();
    },
    'its file is made': (stage) => {
      stage.publish('a', planOf());
      stage.segments(1);
      stage.session.command('stop');
      stage.segments(100);
    },
  };

  it.each([
    ['nobody publishes', 'STREAM_NOT_LIVE', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', 'NOTHING_DELAYED'],
    ['nothing of it is recorded', 'STREAM_NOT_LIVE', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', 'NOTHING_DELAYED'],
    ['it is published', '', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', 'NOTHING_DELAYED'],
    ['it is started', 'TASK_ALREADY_STARTED', '', 'TASK_NOT_STARTED', 'NOTHING_DELAYED'],
    ['it is recorded', 'TASK_ALREADY_STARTED', '', '', 'NOTHING_DELAYED'],
    ['it is stopped', '', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', ''],
    ['its publisher is gone', 'STREAM_NOT_LIVE', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', ''],
    ['its file is made', '', 'TASK_NOT_STARTED', 'TASK_NOT_STARTED', 'NOTHING_DELAYED'],
  ])('when %s, start: %s, stop: %s, restart: %s, cancel_delay: %s', (when, ...refusals) => {
    for (const [index, command] of (['start', 'stop', 'restart', 'cancel_delay'] as const).entries()) {
      const stage = new Stage();
      before[when]?.(stage);
      expect([command, stage.refused(command)]).toEqual([command, refusals[index]]);
    }
  });
});

describe('recording on demand', () => {
  const plan = planOf({
    onDemand: 'callback',
    onDemandUrl: 'http://127.0.0.1/',
    formats: [{ format: 'mp4' }, { format: 'flv' }],
  });
  const [mp4, flv] = plan.formats as [(typeof plan.formats)[0], (typeof plan.formats)[0]];

  it('records what came before the answer too', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(2);
    expect(stage.said).toEqual([]);
    stage.session.answered('a', [{ ...mp4, cycleSeconds: 20 }]);
    expect(stage.said).toEqual(['started a']);
    stage.segments(8);
    expect(stage.said).toEqual(['cut mp4 0: 100-109']);
  });

  it('records nothing after a no, but what a command says', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(2);
    stage.session.answered('a', []);
    stage.segments(2);
    expect(stage.said).toEqual([]);
    stage.session.command('start');
    stage.segments(1);
    expect(stage.said).toEqual(['started a']);
    expect(stage.session.state.files.map(({ rule }) => rule.format)).toEqual(['mp4', 'flv']);
  });

  it('takes no answer for another publish, and none twice', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(1);
    stage.session.unpublished();
    stage.publish('b', plan);
    stage.session.answered('a', [mp4]);
    stage.segments(1);
    expect(stage.said).toEqual([]);
    stage.session.answered('b', [flv]);
    stage.session.answered('b', [mp4]);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started b', 'paused b', 'cut flv 0: 101-101']);
  });

  it('takes the answer for a publish that is over', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(2);
    stage.session.unpublished();
    stage.session.answered('a', [mp4]);
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(['started a', 'paused a', 'cut mp4 0: 100-101']);
  });

  it.each([
    ['yes', [mp4], ['resumed b', 'paused b', 'cut mp4 0: 100-104']],
    ['no', [], ['cut mp4 0: 100-101']],
    ['another format', [flv], ['resumed b', 'cut mp4 0: 100-101', 'paused b', 'cut flv 0: 102-104']],
  ])('is asked again inside the delay: %s', (_, formats, said) => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.session.answered('a', [mp4]);
    stage.segments(2);
    stage.session.unpublished();
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.clock.advance(179_000);
    stage.publish('b', plan);
    stage.segments(2, { isDiscontinuity: true });
    stage.session.answered('b', formats);
    stage.segments(1);
    stage.session.unpublished();
    stage.clock.advance(180_000);
    expect(stage.said).toEqual(said);
  });

  it('makes the file of the publish before when the answer is no and the stream goes on', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.session.answered('a', [mp4]);
    stage.segments(2);
    stage.session.unpublished();
    stage.publish('b', plan);
    stage.session.answered('b', []);
    stage.segments(89, { isDiscontinuity: true });
    expect(stage.said).toEqual(['started a', 'paused a']);
    stage.segments(1);
    expect(stage.said).toEqual(['cut mp4 0: 100-101']);
  });

  it('is not asked for what a command started meanwhile', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(2);
    stage.session.command('start');
    stage.segments(1);
    expect(stage.said).toEqual(['started a']);
    stage.session.answered('a', [mp4]);
    stage.session.unpublished();
    stage.session.command('cancel_delay');
    expect(stage.said).toEqual(['paused a', 'cut mp4 0: 102-102', 'cut flv 0: 102-102']);
  });

  it('keeps a bounded number of segments while it waits', () => {
    const stage = new Stage();
    stage.publish('a', plan);
    stage.segments(150);
    stage.session.answered('a', [mp4]);
    expect(stage.session.state.files[0]?.tally).toMatchObject({ firstSegment: 150, lastSegment: 249 });
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

describe('recordingPlanOf', () => {
  it('has what is recorded of a stream and of its renditions', () => {
    const renditions = [{ templates: ['lsd', 'lhd'], formats: [{ format: 'flv' }] }];
    const settings = settingsOf({ renditions });
    const formats = (template?: string) => recordingPlanOf(settings, template)?.formats.map(({ format }) => format);
    expect([formats(), formats('lhd'), formats('lud')]).toEqual([['mp4'], ['flv'], undefined]);
    expect(recordingPlanOf({ ...settings, enabled: false })).toBeUndefined();
    expect(rulesSchema.safeParse({ streams: [{ record: settings }] }).success).toBe(true);
  });
});
