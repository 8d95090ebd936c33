import type { ConfigProblem } from './config-error.ts';
import type { Environment } from './keys.ts';

const VARIABLE = /^HEADWATER_STORAGES_([A-Z0-9_]+)_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;
const KEYS: Readonly<Record<string, string>> = {
  ACCESS_KEY_ID: 'accessKeyId',
  SECRET_ACCESS_KEY: 'secretAccessKey',
  SESSION_TOKEN: 'sessionToken',
};

type Plain = Record<string, unknown>;

/** `HEADWATER_STORAGES_{NAME}_SECRET_ACCESS_KEY` and the like. */
export const isStorageVariable = (variable: string) => VARIABLE.test(variable);

/** The document with credentials put into its storages, which a list cannot take as other keys do. */
export function withStorageCredentials(
  document: unknown,
  env: Environment,
): { readonly document: unknown; readonly problems: readonly ConfigProblem[] } {
  const given = Object.entries(env).flatMap(([variable, value]) => {
    const [, storage = '', key = ''] = VARIABLE.exec(variable) ?? [];
    return storage && value ? [{ variable, storage, key: KEYS[key] ?? '', value }] : [];
  });
  const { storages } = document as { storages?: unknown };
  const list: readonly Plain[] = Array.isArray(storages) ? storages : [];
  const problems = given
    .filter(({ storage }) => !list.some((each) => variableName(each) === storage))
    .map(({ variable }) => ({ source: 'environment', key: variable, message: 'no storage has this name' }));
  if (given.length === 0 || list.length === 0) return { document, problems };
  const filled = list.map((each) => {
    const own = given.filter(({ storage }) => storage === variableName(each));
    return { ...each, ...Object.fromEntries(own.map(({ key, value }) => [key, value])) };
  });
  return { document: { ...(document as Plain), storages: filled }, problems };
}

function variableName(storage: unknown): string | undefined {
  const { name } = (storage ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name.toUpperCase().replaceAll('-', '_') : undefined;
}
