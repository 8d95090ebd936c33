import { writeFile } from 'node:fs/promises';
import { loadConfig } from '../config/index.ts';
import { hideSecrets, type RulesHalf } from '../rules/index.ts';
import { type ApiClient, CliError, findRunningServer } from './installation/index.ts';
import { documentText, readDocument } from './rules-document.ts';

export type ExportOptions = { readonly out?: string; readonly config?: string };
export type ApplyOptions = { readonly dryRun?: boolean; readonly reason?: string; readonly config?: string };

type Rules = { readonly revision: number; readonly rules: RulesHalf };
type Change = { readonly path: string; readonly before: unknown; readonly after: unknown };
type Checked = {
  readonly ok: boolean;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly changes: readonly Change[];
  readonly touches: readonly { readonly domain: string; readonly app: string; readonly stream: string }[];
};
type Applied = { readonly revision: number; readonly changes: readonly Change[] } | { readonly id: string };

/** Prints the rules that the API changes as YAML, or writes them to a file. */
export async function exportRules(options: ExportOptions): Promise<number> {
  const api = await runningServer(options);
  const { rules } = await api.get<Rules>('/rules');
  const text = documentText(rules);
  if (options.out === undefined) process.stdout.write(text);
  else await writeFile(options.out, text, { mode: 0o600 });
  return 0;
}

/** Makes the rules of a file the rules of the server, all of them or none; says what that changes. */
export async function applyRules(file: string, options: ApplyOptions): Promise<number> {
  const api = await runningServer(options);
  const { revision } = await api.get<Rules>('/rules');
  const rules = await readDocument(file, process.env);
  const checked = await api.send<Checked>('POST', '/rules/check', { rules });
  if (!checked.ok) return printErrors(file, checked);
  for (const change of checked.changes) process.stdout.write(`${lineOf(change)}\n`);
  if (checked.changes.length === 0) process.stdout.write(`nothing to change: this is revision ${revision}\n`);
  for (const { domain, app, stream } of checked.touches) process.stdout.write(`live: ${domain}/${app}/${stream}\n`);
  if (options.dryRun || checked.changes.length === 0) return 0;
  const reason = encodeURIComponent(options.reason ?? `headwater apply ${file}`.slice(0, 200));
  const headers = { 'if-match': `"${revision}"` };
  const applied = await api.send<Applied>('PUT', `/rules?reason=${reason}`, rules, headers);
  const said = 'id' in applied ? `waits for a second person: approval ${applied.id}` : `revision ${applied.revision}`;
  process.stdout.write(`${said}\n`);
  return 0;
}

async function runningServer(options: { readonly config?: string }): Promise<ApiClient> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server !== undefined) return server.api;
  throw new CliError(`no server runs from ${config.dataDir}`, 'Start it with headwater serve, or name its --config.');
}

function printErrors(file: string, { errors }: Checked): number {
  for (const { path, message } of errors) {
    process.stdout.write(`${file}: ${path.replace(/^body\.?/, '')}: ${message}\n`);
  }
  process.stdout.write(`${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}, nothing was changed\n`);
  return 1;
}

/** One line of a diff; what is secret is only said to differ. */
function lineOf({ path, before, after }: Change): string {
  const shown = (value: unknown) => JSON.stringify(hideSecrets(value, path.split('.')));
  if (before === null) return `+ ${path}: ${shown(after)}`;
  return after === null ? `- ${path}: ${shown(before)}` : `~ ${path}: ${shown(before)} -> ${shown(after)}`;
}
