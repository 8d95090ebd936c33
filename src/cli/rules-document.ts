import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { HIDDEN, HIDDEN_URL, isSecretPlace, mapSecrets, plainRules, type RulesHalf } from '../rules/index.ts';
import { CliError } from './installation/index.ts';

const FORMAT = 1;
const HEAD = '# Rules and users of Headwater as code: headwater apply takes them. Secrets are named, not shown.\n';
const REFERENCES = 'write {secret: stored}, {secret: env:NAME} or {secret: file:PATH}';

/** A user as the API tells of them, of whom the document has the rights. */
export type DocumentUser = {
  readonly name: string;
  readonly grants: readonly { readonly role: string; readonly resources: readonly string[] }[];
  readonly statements: readonly unknown[];
  readonly isEnabled: boolean;
};

/** What a file asks for; `users` is left out where it says nothing of them. */
export type RulesDocument = { readonly rules: unknown; readonly users?: unknown };

type Path = readonly (string | number)[];

/** The document as YAML: ordered, without what is so in any case, and with references in the places of secrets. */
export function documentText(rules: RulesHalf, users: readonly DocumentUser[]): string {
  const referred = mapSecrets(plainRules(rules), (secret, path) =>
    path.at(-1) === 'url' && !carriesSecret(secret) ? secret : { secret: 'stored' },
  );
  const byName = [...users].sort((one, other) => (one.name < other.name ? -1 : 1)).map(plainUser);
  return HEAD + stringify({ format: FORMAT, rules: referred, users: byName }, { lineWidth: 0 });
}

function plainUser({ name, grants, statements, isEnabled }: DocumentUser): object {
  return {
    name,
    ...(isEnabled ? {} : { isEnabled }),
    grants: grants.map(({ role, resources }) => (resources.join() === '*' ? { role } : { role, resources })),
    ...(statements.length === 0 ? {} : { statements }),
  };
}

/** A URL may be a secret by what stands before its host or behind its path. */
function carriesSecret(url: string): boolean {
  const { username, password, search } = new URL(url);
  return `${username}${password}${search}` !== '';
}

/** The document of a file, with the secrets that it refers to; those that are stored are left for the server to fill in. */
export async function readDocument(file: string, env: NodeJS.ProcessEnv): Promise<RulesDocument> {
  const { rules, ...rest } = parseText(file, await readFile(file, 'utf8'));
  return { rules: await resolved(rules, [], { file, env }), ...rest };
}

function parseText(file: string, text: string): RulesDocument {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw wrong(file, error instanceof Error ? error.message.split('\n')[0] : 'it is no YAML', 'Correct the YAML.');
  }
  const { format, rules, users, ...rest } = (typeof document === 'object' && document ? document : {}) as Record<
    string,
    unknown
  >;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw wrong(file, `unknown key ${unknown}`, 'It has format, rules and users.');
  if (format !== FORMAT || typeof rules !== 'object' || rules === null) {
    throw wrong(file, 'it has no format: 1 and rules', 'headwater export makes a file to begin with.');
  }
  return users === undefined ? { rules } : { rules, users };
}

type Around = { readonly file: string; readonly env: NodeJS.ProcessEnv };

async function resolved(value: unknown, path: Path, around: Around): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((each, index) => resolved(each, [...path, index], around)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'secret') return secretOf(String(first[1]), path, around);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, each]) => [name, await resolved(each, [...path, name], around)])),
  );
}

async function secretOf(reference: string, path: Path, { file, env }: Around): Promise<string> {
  const place = path.join('.');
  if (!isSecretPlace(path)) throw wrong(file, `${place} is no place of a secret`, 'Write the value itself.');
  if (reference === 'stored') return path.at(-1) === 'url' ? HIDDEN_URL : HIDDEN;
  const [, kind, name = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
  if (kind === 'env') {
    const value = env[name];
    if (value === undefined || value === '') throw wrong(file, `${place}: ${name} is not set`, 'Set the variable.');
    return value;
  }
  if (kind === 'file') {
    const secret = resolve(dirname(resolve(file)), name);
    const text = await readFile(secret, 'utf8').catch(() => undefined);
    if (text === undefined) throw wrong(file, `${place}: ${secret} cannot be read`, 'Check the path.');
    return text.trim();
  }
  throw wrong(file, `${place}: ${reference} is no reference to a secret`, `For a secret, ${REFERENCES}.`);
}

function wrong(file: string, what: string | undefined, remedy: string): CliError {
  return new CliError(`${file}: ${what}`, remedy, { exitCode: 2 });
}
