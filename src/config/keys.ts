import type { z } from 'zod';
import { configSchema } from './schema.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a key's value is read from an environment variable. `none`: only the file can set it. */
export type EnvForm = 'text' | 'number' | 'list' | 'none';

/** One key of the configuration. */
export type ConfigKey = {
  readonly path: readonly string[];
  /** `HEADWATER_RTMP_PORT` for `rtmp.port`. */
  readonly env: string;
  readonly form: EnvForm;
};

type Def = { type: string; innerType?: z.ZodType; shape?: Record<string, z.ZodType>; element?: z.ZodType };

function bare(schema: z.ZodType): Def {
  const def = schema.def as unknown as Def;
  return def.innerType === undefined ? def : bare(def.innerType);
}

const isOfObjects = (def: Def) => def.type === 'object' || 'discriminator' in def;

function formOf(def: Def): EnvForm {
  if (def.type === 'array') return def.element !== undefined && isOfObjects(bare(def.element)) ? 'none' : 'list';
  return def.type === 'number' ? 'number' : 'text';
}

const words = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function keysUnder(schema: z.ZodType, path: readonly string[]): ConfigKey[] {
  const def = bare(schema);
  if (def.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([name, child]) => keysUnder(child, [...path, name]));
  }
  return [{ path, env: `HEADWATER_${path.map(words).join('_')}`, form: formOf(def) }];
}

/** Every key, in the schema's order. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysUnder(configSchema, []);
