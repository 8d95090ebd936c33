import type { EnvironmentSettings } from './environment.ts';
import { CONFIG_KEYS } from './keys.ts';

/** Who set a setting that has not its default. */
export type SettingOrigin = { readonly from: 'environment'; readonly variable: string } | { readonly from: 'file' };

/** Where a configuration came from. */
export type ConfigOrigins = {
  /** The operator's file; undefined where none was named. */
  readonly file?: string | undefined;
  /** By path (`rtmp.port`); what is not in it has its default. */
  readonly byPath: ReadonlyMap<string, SettingOrigin>;
};

/** Who set what: a variable wins over the file, but for `FFMPEG_PATH`. */
export function originsOf(environment: EnvironmentSettings, document: unknown): ConfigOrigins['byPath'] {
  const origins = new Map<string, SettingOrigin>();
  for (const { path } of CONFIG_KEYS) {
    const name = path.join('.');
    const variable = environment.variables.get(name);
    if (variable !== undefined) origins.set(name, { from: 'environment', variable });
    else if (isIn(document, path)) origins.set(name, { from: 'file' });
    else if (isIn(environment.under, path)) origins.set(name, { from: 'environment', variable: 'FFMPEG_PATH' });
  }
  return origins;
}

function isIn(document: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return document !== undefined;
  if (typeof document !== 'object' || document === null) return false;
  return isIn((document as Record<string, unknown>)[name], rest);
}
