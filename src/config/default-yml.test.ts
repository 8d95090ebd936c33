import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import { CONFIG_KEYS } from './keys.ts';
import { configSchema } from './schema.ts';

const text = readFileSync(new URL('../../config/default.yml', import.meta.url), 'utf8');
const lines = text.split('\n');
const lineCounter = new LineCounter();
const document = parseDocument(text, { lineCounter, keepSourceTokens: true });
const defaults: unknown = configSchema.parse({});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, name) => (here as Record<string, unknown>)[name], value);
}

/** The comment lines directly above a key. */
function commentOf(path: readonly string[]): string {
  const node = document.getIn(path.slice(0, -1), true) as unknown as {
    items: { key: { value: string; range: [number, number, number] } }[];
  };
  const map = path.length === 1 ? (document.contents as unknown as typeof node) : node;
  const key = map.items.find((item) => item.key.value === path.at(-1))?.key;
  let line = lineCounter.linePos(key?.range[0] ?? 0).line - 2;
  const comment: string[] = [];
  while (/^\s*#/.test(lines[line] ?? '')) comment.unshift((lines[line--] ?? '').replace(/^\s*# ?/, ''));
  return comment.join('\n');
}

describe('config/default.yml', () => {
  it('is correct YAML', () => expect([...document.errors, ...document.warnings]).toEqual([]));

  it('is the defaults, and nothing else', () => {
    expect(document.toJS()).toEqual(defaults);
    expect(configSchema.parse(document.toJS())).toEqual(defaults);
  });

  it.each(CONFIG_KEYS.map((key) => [key.path.join('.'), key] as const))(
    '%s has its default, a sentence, its unit and its variable',
    (_, { path, env, form }) => {
      expect(at(document.toJS(), path)).toEqual(at(defaults, path));
      const comment = commentOf(path);
      expect(comment).toMatch(/^[A-Z][^\n]{10,}[.]\n/);
      expect(comment).toMatch(/^Unit: \S/m);
      expect(comment).toMatch(form === 'none' ? /Env: none/ : new RegExp(`Env: ${env}(,|$)`));
    },
  );

  it('has its keys in the order of the schema', () => {
    const leaves = (value: unknown, path: string[]): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([name, child]) => leaves(child, [...path, name]))
        : [path.join('.')];
    expect(leaves(document.toJS(), [])).toEqual(CONFIG_KEYS.map(({ path }) => path.join('.')));
  });
});
