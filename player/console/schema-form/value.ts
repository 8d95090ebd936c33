import type { Field, Variant } from './field.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object with one member changed; an undefined one is left out, so that its default counts. */
export function withMember(value: unknown, name: string, member: unknown): JsonObject {
  const { [name]: _, ...others } = isObject(value) ? value : {};
  return member === undefined ? others : { ...others, [name]: member };
}

/** Which of the forms the value has; the first one where it has none of them. */
export function variantIndex(value: unknown, variants: readonly Variant[]): number {
  const index = variants.findIndex(({ constant, mark, field }) => {
    if (constant !== undefined) return value === constant;
    if (mark) return isObject(value) && value[mark[0]] === mark[1];
    return fits(value, field);
  });
  return Math.max(0, index);
}

/** What a form begins with. */
export function startOf(field: Field, mark?: Variant['mark']): unknown {
  if (field.fallback !== undefined) return field.fallback;
  switch (field.kind) {
    case 'pairs':
      return {};
    case 'group':
      return mark ? { [mark[0]]: mark[1] } : {};
    case 'list':
    case 'lines':
    case 'choices':
      return [];
    case 'variants':
      return startOfVariant(field.variants[0]);
    case 'switch':
      return true;
    case 'choice':
      return field.options[0];
    case 'number':
      return field.minimum ?? 0;
    default:
      return '';
  }
}

export function startOfVariant(variant: Variant | undefined): unknown {
  if (variant === undefined) return undefined;
  return variant.constant ?? startOf(variant.field, variant.mark);
}

/** The value without what its defaults say already: what is left is what somebody chose. */
export function withoutDefaults(value: unknown, field: Field): unknown {
  if (field.fallback !== undefined && same(value, field.fallback)) return undefined;
  if (field.kind === 'list' && Array.isArray(value)) {
    return value.map((each) => withoutDefaults(each, field.item) ?? each);
  }
  if (field.kind === 'variants') {
    const variant = field.variants[variantIndex(value, field.variants)];
    return variant && variant.constant === undefined ? (withoutDefaults(value, variant.field) ?? value) : value;
  }
  if (field.kind !== 'group' || !isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, each]) => {
    const member = field.members.find((other) => other.name === name);
    const chosen = member && !member.isRequired ? withoutDefaults(each, member.field) : each;
    return chosen === undefined || (member?.field.kind === 'group' && isEmpty(chosen)) ? [] : [[name, chosen]];
  });
  return Object.fromEntries(kept);
}

/** `team: shop` lines as an object; a line without a colon is a name without a word. */
export function pairsIn(text: string): JsonObject {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line]));
  return Object.fromEntries(
    lines.map((line) => {
      const cut = line.indexOf(':');
      return cut < 0 ? [line.trim(), ''] : [line.slice(0, cut).trim(), line.slice(cut + 1).trim()];
    }),
  );
}

const isEmpty = (value: unknown) => isObject(value) && Object.keys(value).length === 0;

const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);

function fits(value: unknown, { kind }: Field): boolean {
  if (kind === 'group' || kind === 'pairs') return isObject(value);
  if (kind === 'text' || kind === 'choice') return typeof value === 'string';
  if (kind === 'number') return typeof value === 'number';
  if (kind === 'switch') return typeof value === 'boolean';
  return Array.isArray(value);
}
