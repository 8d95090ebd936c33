import { nearest } from '../rules/index.ts';
import type { ConfigProblem } from './config-error.ts';
import { CONFIG_KEYS, type EnvForm, type Environment } from './keys.ts';
import { isStorageVariable } from './storage-credentials.ts';

/** What the environment sets. */
export type EnvironmentSettings = {
  /** Settings that win over the file. */
  readonly over: Record<string, unknown>;
  /** Settings that the file wins over. */
  readonly under: Record<string, unknown>;
  readonly problems: readonly ConfigProblem[];
  /** Which variable set a key: `rtmp.port` to `HEADWATER_RTMP_PORT`. */
  readonly variables: ReadonlyMap<string, string>;
};

/** Names the operator's file; not a key itself. */
export const CONFIG_FILE_VARIABLE = 'HEADWATER_CONFIG';

const PREFIX = 'HEADWATER_';

const problem = (key: string, message: string): ConfigProblem => ({ source: 'environment', key, message });

const itemsOf = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Undefined when the text is not of the key's form. */
function parsedValue(form: EnvForm, text: string): unknown {
  if (form === 'list') return itemsOf(text);
  if (form === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
  return text;
}

function unknownVariable(variable: string): ConfigProblem {
  const names = [...CONFIG_KEYS.filter(({ form }) => form !== 'none').map(({ env }) => env), CONFIG_FILE_VARIABLE];
  const short = new Map(names.map((name) => [name.slice(PREFIX.length), name]));
  const near = short.get(nearest(variable.slice(PREFIX.length), short.keys()) ?? '');
  if (near === undefined) return problem(variable, 'unknown variable; config/default.yml lists all of them');
  return { ...problem(variable, `unknown variable; did you mean ${near}? Otherwise unset it`), nearest: near };
}

/** Sets `path` in nested plain objects, which are made where they are missing. */
export function setPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const child = (target[head] ?? {}) as Record<string, unknown>;
  target[head] = child;
  setPath(child, rest, value);
}

/** Reads `HEADWATER_*`, `DATABASE_URL` and `FFMPEG_PATH`. A variable that is empty counts as not set. */
export function readEnvironment(env: Environment): EnvironmentSettings {
  const over: Record<string, unknown> = {};
  const under: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  const variables = new Map<string, string>();
  const byName = new Map(CONFIG_KEYS.map((key) => [key.env, key]));
  if (env.DATABASE_URL) setPath(over, ['databaseUrl'], env.DATABASE_URL);
  if (env.DATABASE_URL) variables.set('databaseUrl', 'DATABASE_URL');
  if (env.FFMPEG_PATH) setPath(under, ['ffmpegPath'], env.FFMPEG_PATH);
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || variable === CONFIG_FILE_VARIABLE || !text) continue;
    if (isStorageVariable(variable)) continue;
    const key = byName.get(variable);
    if (key === undefined) {
      problems.push(unknownVariable(variable));
    } else if (key.form === 'none') {
      problems.push(problem(variable, `cannot be set here; write ${key.path.join('.')} in the configuration file`));
    } else {
      const value = parsedValue(key.form, text);
      if (value === undefined) problems.push(problem(variable, 'must be a number, in digits'));
      else setPath(over, key.path, value);
      variables.set(key.path.join('.'), variable);
    }
  }
  return { over, under, problems, variables };
}
