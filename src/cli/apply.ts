import { writeFile } from 'node:fs/promises';
import { loadConfig } from '../config/index.ts';
import { hideSecrets, type RulesHalf } from '../rules/index.ts';
import { type ApiClient, ApiRefusal, CliError, findRunningServer } from './installation/index.ts';
import { type DocumentUser, documentText, type RulesDocument, readDocument } from './rules-document.ts';

export type ExportOptions = { readonly out?: string; readonly config?: string };
export type ApplyOptions = { readonly dryRun?: boolean; readonly reason?: string; readonly config?: string };

type Change = { readonly path: string; readonly before: unknown; readonly after: unknown };
type Applied = {
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly touches: readonly { readonly domain: string; readonly app: string; readonly stream: string }[];
  readonly newUsers: readonly string[];
};
type Pending = { readonly id: string };
type UserPage = { readonly users: readonly DocumentUser[]; readonly nextCursor?: string };

/** Prints the rules that the API changes and the users as YAML, or writes them to a file. */
export async function exportRules(options: ExportOptions): Promise<number> {
  const api = await runningServer(options);
  const { rules } = await api.get<{ readonly rules: RulesHalf }>('/rules');
  const text = documentText(rules, await allUsers(api));
  if (options.out === undefined) process.stdout.write(text);
  else await writeFile(options.out, text, { mode: 0o600 });
  return 0;
}

async function allUsers(api: ApiClient): Promise<DocumentUser[]> {
  const all: DocumentUser[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: UserPage = await api.get(`/users?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...page.users);
    cursor = page.nextCursor;
  }
  return all;
}

/** Makes rules and users of a file those of the server, all of them or none; says what that changes. */
export async function applyRules(file: string, options: ApplyOptions): Promise<number> {
  const api = await runningServer(options);
  const document = await readDocument(file, process.env);
  try {
    return await applyDocument(api, document, { ...options, reason: options.reason ?? `headwater apply ${file}` });
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.errors.length === 0 || error.status !== 400) throw error;
    return printErrors(file, error.errors);
  }
}

async function applyDocument(api: ApiClient, document: RulesDocument, { dryRun, reason = '' }: ApplyOptions) {
  const { value: looked, etag } = await api.sendTagged<Applied>('POST', '/apply?dryRun=true', document);
  for (const change of looked.changes) print(lineOf(change));
  if (looked.changes.length === 0) print(`nothing to change: this is revision ${looked.revision}`);
  for (const { domain, app, stream } of looked.touches) print(`live: ${domain}/${app}/${stream}`);
  if (dryRun || looked.changes.length === 0) return 0;
  const path = `/apply?reason=${encodeURIComponent(reason.slice(0, 200))}`;
  const { value: applied } = await api.sendTagged<Applied | Pending>('POST', path, document, { 'if-match': etag });
  if ('id' in applied) print(`waits for a second person: approval ${applied.id}`);
  if ('id' in applied && document.users !== undefined) print('users wait, too: apply the file again after it');
  if ('id' in applied) return 0;
  print(`revision ${applied.revision}`);
  for (const name of applied.newUsers) print(`${name} is new: headwater users reset-password ${name} gives a password`);
  return 0;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function runningServer(options: { readonly config?: string }): Promise<ApiClient> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server !== undefined) return server.api;
  throw new CliError(`no server runs from ${config.dataDir}`, 'Start it with headwater serve, or name its --config.');
}

function printErrors(file: string, errors: ApiRefusal['errors']): number {
  for (const { path, message } of errors) print(`${file}: ${path.replace(/^body\.?/, '')}: ${message}`);
  print(`${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}, nothing was changed`);
  return 1;
}

/** One line of a diff; what is secret is only said to differ. */
function lineOf({ path, before, after }: Change): string {
  const shown = (value: unknown) => JSON.stringify(hideSecrets(value, path.split('.')));
  if (before === null) return `+ ${path}: ${shown(after)}`;
  return after === null ? `- ${path}: ${shown(before)}` : `~ ${path}: ${shown(before)} -> ${shown(after)}`;
}
