import { matchesPattern } from '../rules/index.ts';
import type { Alarm, Silence } from './alarm.ts';

/** The silence that an alarm falls under at a time, if there is one; `*` stands for anything in code and subject. */
export function silenceOf(
  { code, subject }: Pick<Alarm, 'code' | 'subject'>,
  silences: Iterable<Silence>,
  wallMs: number,
): Silence | undefined {
  for (const silence of silences) {
    if (silence.isDeleted || silence.untilMs <= wallMs) continue;
    if (matchesPattern(silence.code, code) && matchesPattern(silence.subject, subject.name)) return silence;
  }
  return undefined;
}
