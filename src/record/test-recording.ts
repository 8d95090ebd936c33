import { TestClock } from '../live/test-clock.ts';
import { type StreamSettings, streamSettingsSchema } from '../rules/index.ts';
import type { RecordingEffect } from './recording-effect.ts';
import type { WholeSegment } from './recording-file.ts';
import { type RecordingPlan, recordingPlanOf } from './recording-plan.ts';
import { type RecordingCommand, RecordingSession } from './recording-session.ts';
import { earliestSegment, type RecordingState } from './recording-state.ts';

export const SEGMENT_MS = 2000;

type RecordInput = NonNullable<Parameters<typeof streamSettingsSchema.parse>[0]>;

export function settingsOf(record: object): StreamSettings['record'] {
  return streamSettingsSchema.parse({ record: { enabled: true, ...record } } as RecordInput).record;
}

export function planOf(record: object = {}): RecordingPlan {
  const plan = recordingPlanOf(settingsOf(record));
  if (plan === undefined) throw new Error('nothing is recorded');
  return plan;
}

export const numbersFrom = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

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
export class Stage {
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
