import type { Field } from '../../schema-form/index.ts';

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A body of MPS, whose values are texts and whose parts may be JSON, as its fields have it. */
export function asFields(value: unknown, field: Field): unknown {
  switch (field.kind) {
    case 'group': {
      const object = parsed(value);
      if (!isObject(object)) return undefined;
      const members = new Map(field.members.map((member) => [member.name, member.field]));
      const entries = Object.entries(object).flatMap(([name, each]) => {
        const known = members.get(name);
        const read = known ? asFields(each, known) : each;
        return read === undefined || read === '' || read === null ? [] : [[name, read] as const];
      });
      return Object.fromEntries(entries);
    }
    case 'list': {
      const items = parsed(value);
      return Array.isArray(items) ? items.map((item) => asFields(item, field.item)) : undefined;
    }
    case 'number':
      return value === '' || Number.isNaN(Number(value)) ? undefined : Number(value);
    case 'switch':
      return String(value) === 'true';
    case 'choice':
      return optionOf(String(value), field.options);
    default:
      return value;
  }
}

/** The same as MPS has it: every value a text. */
export function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (!isObject(value)) return typeof value === 'string' ? value : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asTexts(each)]));
}

/** Values are not told apart by case. */
function optionOf(value: string, options: readonly string[]): string {
  return options.find((option) => option.toLowerCase() === value.toLowerCase()) ?? value;
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
