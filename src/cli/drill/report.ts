import type { DrillResult, DrillStep } from './drill.ts';

export type DrillReport = {
  readonly drill: string;
  readonly passed: boolean;
  readonly interrupted: boolean;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly steps: readonly DrillStep[];
};

export function reportOf(
  drill: string,
  startedAtMs: number,
  { steps, isInterrupted, tookMs }: DrillResult,
): DrillReport {
  const passed = !isInterrupted && steps.length > 0 && steps.every(({ status }) => status !== 'fail');
  return { drill, passed, interrupted: isInterrupted, startedAt: new Date(startedAtMs).toISOString(), tookMs, steps };
}

const MARKS = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' } as const;

/** One step for people, with its remedy where something is wrong. */
export function stepText({ id, status, finding, remedy }: DrillStep): string {
  const more = remedy === undefined ? '' : `\n${' '.repeat(24)}${remedy}`;
  return `${MARKS[status]}  ${id.padEnd(18)}${finding}${more}\n`;
}

export function verdictText({ drill, passed, interrupted, tookMs, steps }: DrillReport): string {
  const word = interrupted ? 'INTERRUPTED' : passed ? 'PASS' : 'FAIL';
  const toSee = steps.filter(({ status }) => status === 'warn').length;
  return `\n${word}  ${drill}, ${(tookMs / 1000).toFixed(1)} s${toSee === 0 ? '' : `, ${toSee} to look at`}\n`;
}
