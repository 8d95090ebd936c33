import { describe, expect, it } from 'vitest';
import { planOf, Stage } from './test-recording.ts';

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
