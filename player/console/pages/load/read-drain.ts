import { fields, number, oneOf, text } from '../../answers/answer-fields.ts';

type Left = { readonly atStart: number; readonly left: number };

/** `GET /api/v1/drain` */
export type DrainState = {
  readonly state: 'serving' | 'draining' | 'drained';
  readonly untilMs: number | undefined;
  readonly publishers: Left & { readonly asked: number };
  readonly viewers: Left;
  readonly recordings: number;
  /** Undefined while the database is away. */
  readonly uploads: number | undefined;
  readonly events: number | undefined;
};

export function readDrain(answer: unknown): DrainState {
  const { state, until, publishers, viewers, recordings, uploads, events } = fields(answer);
  const untilMs = Date.parse(text(until) ?? '');
  return {
    state: oneOf(state, ['serving', 'draining', 'drained'] as const) ?? 'serving',
    untilMs: Number.isNaN(untilMs) ? undefined : untilMs,
    publishers: { ...readLeft(publishers), asked: number(fields(publishers).asked) ?? 0 },
    viewers: readLeft(viewers),
    recordings: number(recordings) ?? 0,
    uploads: number(uploads),
    events: number(events),
  };
}

function readLeft(answer: unknown): Left {
  const { atStart, left } = fields(answer);
  return { atStart: number(atStart) ?? 0, left: number(left) ?? 0 };
}
