/** The part of JSON Schema that the API's own document uses. */
export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly description?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

export type Components = Readonly<Record<string, JsonSchema>>;

/** What a person fills in for one part of a document. */
export type Field = {
  readonly fallback?: unknown;
  readonly hint?: string;
  /** What has members of its own is folded, but for this. */
  readonly isOpen?: true;
} & (
  | { readonly kind: 'text'; readonly format?: string; readonly maxLength?: number }
  | { readonly kind: 'number'; readonly isWhole: boolean; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'switch' }
  | {
      readonly kind: 'choice';
      readonly options: readonly string[];
      /** What options are called, where not as they are. */
      readonly called?: Readonly<Record<string, string>>;
    }
  /** Any of some words. */
  | { readonly kind: 'choices'; readonly options: readonly string[] }
  /** Words or numbers of one's own, one a line. */
  | { readonly kind: 'lines'; readonly isNumeric: boolean }
  /** Names of one's own, each with a word. */
  | { readonly kind: 'pairs' }
  | { readonly kind: 'group'; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly item: Field }
  | { readonly kind: 'variants'; readonly variants: readonly Variant[] }
  /** What no field shows: it is edited as text. */
  | { readonly kind: 'json' }
);

export type Member = { readonly name: string; readonly isRequired: boolean; readonly field: Field };
/** One of several forms of a value; a `constant` is all there is of it, and a `mark` tells an object from the others. */
export type Variant = {
  readonly name: string;
  readonly field: Field;
  readonly constant?: unknown;
  readonly mark?: readonly [name: string, value: string];
};

/** The fields of a schema. */
export function fieldOf(schema: JsonSchema, components: Components = {}): Field {
  const { description: hint, default: fallback } = schema;
  return {
    ...bareFieldOf(schema, components),
    ...(fallback === undefined ? {} : { fallback }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function bareFieldOf(schema: JsonSchema, components: Components): Field {
  if (schema.$ref !== undefined) {
    const named = components[schema.$ref.split('/').at(-1) ?? ''];
    return named ? fieldOf(named, components) : { kind: 'json' };
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return variantsOf(alternatives, components);
  if (schema.enum) return { kind: 'choice', options: schema.enum };
  switch (schema.type) {
    case 'boolean':
      return { kind: 'switch' };
    case 'integer':
    case 'number':
      return { kind: 'number', isWhole: schema.type === 'integer', ...rangeOf(schema) };
    case 'string':
      return { kind: 'text', ...pick(schema, 'format'), ...pick(schema, 'maxLength') };
    case 'array':
      return listOf(schema.items, components);
    case 'object':
      if (schema.properties === undefined && typeof schema.additionalProperties === 'object') return { kind: 'pairs' };
      return { kind: 'group', members: membersOf(schema, components) };
    default:
      return { kind: 'json' };
  }
}

function membersOf({ properties = {}, required = [] }: JsonSchema, components: Components): Member[] {
  return Object.entries(properties)
    .filter(([, schema]) => schema.const === undefined)
    .map(([name, schema]) => ({ name, isRequired: required.includes(name), field: fieldOf(schema, components) }));
}

function listOf(items: JsonSchema | undefined, components: Components): Field {
  if (items === undefined) return { kind: 'json' };
  const item = fieldOf(items, components);
  if (item.kind === 'choice') return { kind: 'choices', options: item.options };
  if (item.kind === 'text') return { kind: 'lines', isNumeric: false };
  if (item.kind === 'number') return { kind: 'lines', isNumeric: true };
  return { kind: 'list', item };
}

function variantsOf(alternatives: readonly JsonSchema[], components: Components): Field {
  const meant = alternatives.filter((each) => each.const !== '');
  const [only] = meant;
  if (meant.length === 1 && only) return bareFieldOf(only, components);
  return { kind: 'variants', variants: meant.map((each) => variantOf(each, components)) };
}

function variantOf(schema: JsonSchema, components: Components): Variant {
  if (schema.const !== undefined) {
    return { name: String(schema.const), constant: schema.const, field: { kind: 'group', members: [] } };
  }
  const field = fieldOf(schema, components);
  const mark = markOf(schema);
  return mark ? { name: mark[1], field, mark } : { name: nameOf(field), field };
}

/** The member whose one value tells this variant from the others, such as `format: mp4`. */
function markOf({ properties = {} }: JsonSchema): Variant['mark'] {
  for (const [name, { const: value }] of Object.entries(properties)) {
    if (typeof value === 'string') return [name, value];
  }
  return undefined;
}

function nameOf(field: Field): string {
  if (field.kind === 'group')
    return field.members
      .map(({ name }) => name)
      .slice(0, 2)
      .join(', ');
  return field.kind;
}

function rangeOf(schema: JsonSchema): { readonly minimum?: number; readonly maximum?: number } {
  const isUseful = (limit: number | undefined) => limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  return {
    ...(isUseful(schema.minimum) ? pick(schema, 'minimum') : {}),
    ...(isUseful(schema.maximum) ? pick(schema, 'maximum') : {}),
  };
}

function pick<K extends 'format' | 'maxLength' | 'minimum' | 'maximum'>(
  schema: JsonSchema,
  name: K,
): Partial<Pick<JsonSchema, K>> {
  const value = schema[name];
  return value === undefined ? {} : ({ [name]: value } as Pick<JsonSchema, K>);
}
