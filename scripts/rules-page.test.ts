import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { rulesSchema, streamSettingsSchema } from '../src/rules/index.ts';

type Setting = { readonly path: string; readonly value: unknown };

/** Explained on pages of their own. */
const ELSEWHERE =
  /^(streams\[\]\.(encryption|transcode|snapshot)|templates\[\]|templateGroups\[\]|watermarks\[\]|prices\[\]|budgets\[\]|estimates\[\]|pulls\[\]|transfers\[\])\./;
/** The same keys wherever they are. */
const SHARED = /^.*\b(match|auth|ip|referer|userAgent|country|remoteAuth|formats\[\])\./;

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** Empty ones are in words there, and long ones below the table. */
const isShort = (text: string) => text !== '' && text.length <= 32;

/** Every setting below the schema, with its default where that is one word. */
function settingsOf(schema: z.ZodType, path = '', value?: unknown): Setting[] {
  const def = schema.def as unknown as {
    type: string;
    innerType?: z.ZodType;
    in?: z.ZodType;
    element?: z.ZodType;
    options?: z.ZodType[];
    shape?: Record<string, z.ZodType>;
    defaultValue?: unknown;
  };
  const inner = def.innerType ?? def.in;
  if (inner) return settingsOf(inner, path, def.type === 'default' ? def.defaultValue : value);
  if (def.shape) {
    return Object.entries(def.shape).flatMap(([name, field]) => settingsOf(field, path ? `${path}.${name}` : name));
  }
  const objects = [def.element, ...(def.options ?? [])].filter((each) => each !== undefined);
  const below = objects.flatMap((each) => settingsOf(each, def.element ? `${path}[]` : path));
  const named = below.filter((each) => each.path.includes('.', path.length));
  return named.length > 0 ? named : [{ path, value }];
}

/** As the page names it: below `domains` and `streams` without these, shared groups by themselves. */
const nameOf = (path: string) => path.replace(SHARED, '$1.').replace(/^(domains|streams)\[\]\./, '');

/** From each key of the page to what stands in the column beside it. */
function rowsOf(page: string): Map<string, string> {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((line) => {
      const [, keys = '', value = ''] = line.split('|').map((cell) => cell.trim());
      return [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => [key, value] as const);
    }),
  );
}

describe('docs/rules.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../docs/rules.md', import.meta.url)), 'utf8');
  const rows = rowsOf(page);
  // What a rule of `streams` leaves out is inherited: the defaults are those of the complete settings.
  const settings = [...settingsOf(rulesSchema), ...settingsOf(streamSettingsSchema, 'streams[]')].filter(
    ({ path }) => !ELSEWHERE.test(path),
  );

  it('has every setting of the rules', () => {
    expect(settings.length).toBeGreaterThan(60);
    expect(settings.map(({ path }) => nameOf(path)).filter((name) => !rows.has(name))).toEqual([]);
    expect(Object.keys(rulesSchema.shape).filter((name) => !rows.has(name))).toEqual([]);
  });

  it('has their defaults', () => {
    const defaults = new Map<string, Set<string>>();
    for (const { path, value } of settings) {
      if (!isScalar(value) || !isShort(String(value))) continue;
      const name = nameOf(path);
      defaults.set(name, (defaults.get(name) ?? new Set()).add(`\`${value}\``));
    }
    const wrong = [...defaults]
      .map(([name, values]) => [name, [...values].join(' or ')] as const)
      .filter(([name, values]) => rows.get(name) !== values)
      .map(([name, values]) => `${name} is ${values}, the page says ${rows.get(name)}`);
    expect(wrong).toEqual([]);
  });
});
