import { describe, expect, it } from 'vitest';
import { rulesSchema } from '../rules/index.ts';
import type { RecordingEffect } from './recording-effect.ts';
import { recordingPlanOf } from './recording-plan.ts';
import { planOf, Stage, settingsOf } from './test-recording.ts';

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
