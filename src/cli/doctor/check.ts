export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export type Check = {
  /** For programs; never changes. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What is so. Names files and rules, never secrets. */
  readonly finding: string;
  /** What to do about it; absent when all is well. */
  readonly remedy?: string;
};

export const ok = (id: string, finding: string): Check => ({ id, status: 'ok', finding });

export const warn = (id: string, finding: string, remedy: string): Check => ({ id, status: 'warn', finding, remedy });

export const fail = (id: string, finding: string, remedy: string): Check => ({ id, status: 'fail', finding, remedy });

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' };

/** The list for people, and one line that counts. */
export function checksText(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ id, status, finding, remedy }) => [
    `${MARKS[status]}  ${id.padEnd(20)} ${finding}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(27)}${remedy}`]),
  ]);
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  return `${lines.join('\n')}\n\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed\n`;
}
