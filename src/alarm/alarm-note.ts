import type { AlarmNote } from '../notify/index.ts';
import type { Alarm } from './alarm.ts';
import { CODE_TABLE } from './code-table.ts';

/** Where the page of a code is, below an address or, without one, in this repository. */
export function runbookOf(code: Alarm['code'], base: string): string {
  return `${base.replace(/\/+$/, '')}/${code}.md`;
}

/** An alarm for receivers. */
export function alarmNote(alarm: Alarm, runbookBase: string): AlarmNote {
  const { id, code, severity, sentence, subject, node, raisedAtMs, clearedAtMs } = alarm;
  return {
    ...{ id, code, severity, title: CODE_TABLE[code].title, sentence, subject: { ...subject }, node },
    raisedAt: new Date(raisedAtMs).toISOString(),
    ...(clearedAtMs !== undefined && { clearedAt: new Date(clearedAtMs).toISOString() }),
    runbook: runbookOf(code, runbookBase),
  };
}
