import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadConfig } from '../config/index.ts';
import { type AuditVerdict, verifyAudit, verifyAuditLines } from '../store/index.ts';
import { CliError, findRunningServer, withStore } from './installation/index.ts';

/** `file`: copies of the log, checked in place of it. */
export type AuditOptions = { readonly config?: string; readonly file?: readonly string[] };

/** A long log takes its time. */
const TIMEOUT_MS = 600_000;

/** Checks every entry of the audit log, with or without a running server; 1 where one was changed, removed or moved. */
export async function verifyAuditLog(options: AuditOptions): Promise<number> {
  if (options.file) return say(await verifyCopies(options.file));
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  return say(
    server === undefined
      ? await withStore(config, (store) => verifyAudit(store, config.dataDir))
      : await server.api.get<AuditVerdict>('/audit/verify', { signal: AbortSignal.timeout(TIMEOUT_MS) }),
  );
}

function say({ entries, problems }: AuditVerdict): number {
  for (const { chain, number, problem } of problems) process.stdout.write(`${chain} ${number}: ${problem}\n`);
  const verdict = problems.length === 0 ? 'none was changed, removed or moved' : `${problems.length} problems`;
  process.stdout.write(`${entries} entries, ${verdict}\n`);
  return problems.length === 0 ? 0 : 1;
}

/** Their names sort as their entries do. */
async function verifyCopies(files: readonly string[]): Promise<AuditVerdict> {
  try {
    return await verifyAuditLines(linesOf(files.toSorted()));
  } catch (cause) {
    const message = cause instanceof SyntaxError ? 'a file holds something else than entries' : 'a file cannot be read';
    throw new CliError(message, 'Give the .jsonl files of one chain, as they were copied.', { cause });
  }
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files)
    yield* createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
