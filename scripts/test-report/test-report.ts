/** The part of vitest's JSON report that is read here. */
export type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime?: number;
    readonly endTime?: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/** `reasons` are failures that belong to no single test. */
export type Tally = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reasons: readonly string[];
};

/** Counts tests; what failed around them counts as well, so that no failure ends as a zero. */
export function tallyOf(report: Report | undefined, exitCode: number, failedBefore: readonly string[]): Tally {
  const statuses = (report?.testResults ?? []).flatMap((file) => file.assertionResults.map((test) => test.status));
  const passed = statuses.filter((status) => status === 'passed').length;
  const failedTests = statuses.filter((status) => status === 'failed').length;
  const failedWithTests = failedTests + failedFiles(report).length;
  const reasons = [...failedBefore];
  if (report === undefined) reasons.push(`vitest wrote no report (exit code ${exitCode})`);
  else if (passed + failedTests === 0) reasons.push('no test was run');
  else if (exitCode !== 0 && failedWithTests === 0)
    reasons.push(`vitest ended with ${exitCode}: errors outside of tests`);
  return {
    passed,
    failed: failedWithTests + reasons.length,
    skipped: statuses.length - passed - failedTests,
    reasons,
  };
}

/** Files that failed as a whole, before any of their tests did: they don't load, or a hook broke. */
export function failedFiles(report: Report | undefined): string[] {
  const files = (report?.testResults ?? []).filter((file) => file.status === 'failed');
  return files
    .filter((file) => !file.assertionResults.some((test) => test.status === 'failed'))
    .map((file) => file.name);
}

/** More files than so many do not fail by chance. */
const MOST_RUN_AGAIN = 4;

/**
 * Files of the system's tests that are worth a run by themselves, where nothing else keeps the machine busy; none where
 * anything else has failed, too.
 */
export function worthAnotherRun(report: Report | undefined): string[] {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
  const isChance = failed.length <= MOST_RUN_AGAIN && failed.every((name) => /\btest\/system\//.test(name));
  return isChance ? failed : [];
}

/** The first report, with what a second one says of its files. */
export function withSecondRun(first: Report, second: Report): Report {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  return { testResults: first.testResults.map((file) => again.get(file.name) ?? file) };
}

const LONG_SECONDS = 60;
const MOST_NAMED = 12;

/** The files that took longest, each with its seconds: what a shorter run begins with. */
export function longestFiles(report: Report | undefined): string[] {
  return (report?.testResults ?? [])
    .map(({ name, startTime = 0, endTime = 0 }) => ({ name, seconds: Math.round((endTime - startTime) / 1000) }))
    .filter(({ seconds }) => seconds >= LONG_SECONDS)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MOST_NAMED)
    .map(({ name, seconds }) => `${seconds} s: ${name}`);
}

/** `N passed, N failed`, with the skipped where there are any. */
export function verdictOf({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
