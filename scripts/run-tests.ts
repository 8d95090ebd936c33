import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  failedFiles,
  longestFiles,
  type Report,
  type Tally,
  tallyOf,
  verdictOf,
  withSecondRun,
  worthAnotherRun,
} from './test-report/index.ts';

const SECOND_TRIES = fileURLToPath(new URL('test-report/second-try-reporter.ts', import.meta.url));
const VITEST = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));

type Run = { readonly exitCode: number; readonly report: Report | undefined };

/** A machine that stood still while many ran fails no run of half an hour: a few files may show by themselves that they pass. */
async function runTwice(args: readonly string[]): Promise<Run> {
  const first = await runVitest(args);
  const files = process.env.CI ? worthAnotherRun(first.report) : [];
  if (first.report === undefined || files.length === 0) return first;
  console.log(`\nonce more, by themselves: ${files.join(' ')}`);
  const second = await runVitest(['--no-file-parallelism', ...files]);
  if (second.report === undefined) return first;
  for (const { name, status } of second.report.testResults) console.log(`by itself ${status}: ${name}`);
  return { exitCode: second.exitCode, report: withSecondRun(first.report, second.report) };
}

/** Runs vitest with the given arguments; its report is undefined where it could not write one. */
async function runVitest(args: readonly string[]): Promise<Run> {
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

  const { exitCode, report } = await runTwice(args);
  const tally: Tally = tallyOf(report, exitCode, typeof values.failed === 'string' ? [values.failed] : []);
  for (const each of longestFiles(report)) console.log(`took ${each}`);
  for (const name of failedFiles(report)) console.log(`could not run: ${name}`);
  for (const reason of tally.reasons) console.log(`failed: ${reason}`);
  console.log(verdictOf(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}

await main();
