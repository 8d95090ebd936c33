import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { failedFiles, type Report, type Tally, tallyOf, verdictOf } from './test-report/index.ts';

const SECOND_TRIES = fileURLToPath(new URL('test-report/second-try-reporter.ts', import.meta.url));
const VITEST = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));

/** Runs vitest with the given arguments; its report is undefined where it could not write one. */
async function runVitest(args: readonly string[]): Promise<{ exitCode: number; report: Report | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-tests-'));
  const file = join(folder, 'report.json');
  const reporters = [
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    `--reporter=${SECOND_TRIES}`,
  ];
  try {
    const child = spawn(process.execPath, [VITEST, 'run', ...reporters, ...args], { stdio: 'inherit' });
    const [exitCode] = await once(child, 'exit');
    return { exitCode: exitCode ?? 1, report: readReport(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Usage: run-tests.ts [--failed "a step that failed before"] [arguments of vitest] */
async function main(): Promise<void> {
  const { values, tokens } = parseArgs({ options: { failed: { type: 'string' } }, strict: false, tokens: true });
  const own = tokens.find((token) => token.kind === 'option' && token.name === 'failed');
  const taken = own?.kind === 'option' && !own.inlineValue ? 2 : 1;
  const args = process.argv.slice(2);
  if (own !== undefined) args.splice(own.index, taken);

  const { exitCode, report } = await runVitest(args);
  const tally: Tally = tallyOf(report, exitCode, typeof values.failed === 'string' ? [values.failed] : []);
  for (const name of failedFiles(report)) console.log(`could not run: ${name}`);
  for (const reason of tally.reasons) console.log(`failed: ${reason}`);
  console.log(verdictOf(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}

await main();
