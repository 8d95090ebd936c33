import { describe, expect, it } from 'vitest';
import { KINDS } from '../player/console/pages/rule-objects/kinds.ts';
import { type Field, fieldOf, type JsonSchema } from '../player/console/schema-form/field.ts';
import { chineseFieldWords } from '../player/console/schema-form/field-words.ts';
import { CHINESE_HINTS } from '../player/console/schema-form/hints-zh.ts';
import { apiDocument } from '../src/server/api/control-app.ts';
import { standInDoor } from '../src/server/api/test-door.ts';

type Operation = { readonly operationId: string; readonly requestBody?: unknown };
type Body = { readonly content: { readonly 'application/json': { readonly schema: JsonSchema } } };

const document = await apiDocument(standInDoor());
const components = (document.components as { schemas: Record<string, JsonSchema> }).schemas;
const operations = Object.values(document.paths as Record<string, Record<string, Operation>>).flatMap((methods) =>
  Object.values(methods),
);

/** What answers have, and no form. */
const ONLY_IN_ANSWERS = ['origin', 'aliasUse'];

function bodyOf(name: string): Field {
  const { requestBody } = operations.find(({ operationId }) => operationId === name) ?? {};
  return fieldOf((requestBody as Body).content['application/json'].schema, components);
}

function without(field: Field, names: readonly string[]): Field {
  if (field.kind !== 'group') return field;
  return { ...field, members: field.members.filter(({ name }) => !names.includes(name)) };
}

/** The settings of each kind of trigger; its input is written as JSON. */
function triggerFields(): Field[] {
  const body = bodyOf('createWorkflowTrigger');
  const settings = body.kind === 'group' ? body.members.find(({ name }) => name === 'settings')?.field : undefined;
  return settings?.kind === 'variants' ? settings.variants.map(({ field }) => without(field, ['input'])) : [];
}

/** The form of each kind of rules' objects, and that of triggers. */
const forms = [
  ...Object.values(KINDS).map(({ replace, list }) => ({
    name: replace,
    field: without(bodyOf(replace), [...ONLY_IN_ANSWERS, ...(list === 'streams' ? ['id'] : [])]),
  })),
  ...triggerFields().map((field, index) => ({ name: `trigger ${index + 1}`, field })),
];

type Named = { readonly names: readonly string[]; readonly hints: readonly string[] };

/** All names and hints below a field. */
function below(field: Field): Named {
  const parts = partsOf(field);
  const inner = parts.map(([, each]) => below(each));
  return {
    names: [...parts.map(([name]) => name), ...inner.flatMap(({ names }) => names)].filter((name) => name !== ''),
    hints: [...(field.hint === undefined ? [] : [field.hint]), ...inner.flatMap(({ hints }) => hints)],
  };
}

function partsOf(field: Field): readonly (readonly [name: string, field: Field])[] {
  if (field.kind === 'group') return field.members.map(({ name, field: each }) => [name, each] as const);
  if (field.kind === 'list') return [['', field.item]];
  if (field.kind === 'variants') return field.variants.map((variant) => ['', variant.field] as const);
  return [];
}

describe('the Chinese forms of the console', () => {
  const all = forms.map(({ name, field }) => ({ name, ...below(field) }));

  it.each(all)('have words for each hint of $name', ({ hints }) => {
    expect(hints.filter((hint) => !/\p{Script=Han}/u.test(CHINESE_HINTS[hint] ?? ''))).toEqual([]);
  });

  it.each(all)('have a name for each field of $name', ({ names }) => {
    const english = names.filter((name) => !/\p{Script=Han}|^(URL|HLS|HTTPS)$/u.test(chineseFieldWords(name).label));
    expect([...new Set(english)]).toEqual([]);
  });

  it('have no words for hints that no form has any more', () => {
    const used = new Set(all.flatMap(({ hints }) => hints));
    expect(Object.keys(CHINESE_HINTS).filter((hint) => !used.has(hint))).toEqual([]);
  });
});
