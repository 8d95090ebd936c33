import type { Json, JsonObject } from '../../jobs/index.ts';

/** What stands between `${` and `}`: a name and a path, such as `steps.split.output.pieces[0]`. */
const REFERENCE = /\$\$\{|\$\{([^{}]*)\}/g;
const WHOLE = /^\$\{([^{}]*)\}$/;
const PATH = /^[A-Za-z][\w-]*(\.[A-Za-z_][\w-]*|\[\d{1,6}\])*$/;
const MAX_DEPTH = 40;

/** A reference that leads nowhere; `reference` is what stands between the braces. */
export class DeadReference extends Error {
  readonly reference: string;

  constructor(reference: string, problem: string) {
    super(`\${${reference}} ${problem}`);
    this.name = 'DeadReference';
    this.reference = reference;
  }
}

/** What references begin with. A root that is not there is left for a later filling. */
export type Scope = Readonly<Record<string, Json | undefined>>;

/** All references in a value, each as its path: `['steps', 'split', 'output']`. Throws DeadReference for what is none. */
export function referencesIn(value: Json): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  eachText(value, (text) => {
    for (const [, reference] of text.matchAll(REFERENCE)) if (reference !== undefined) found.push(pathOf(reference));
  });
  return found;
}

/**
 * Fills in what the scope has. Text that is one reference becomes what it leads to, of whatever kind; within other text
 * it becomes text. What is filled in is written so that no later filling takes it for a reference: it came from strangers.
 */
export function fill(value: Json, scope: Scope): Json {
  return mapText(value, (text) => {
    const whole = WHOLE.exec(text);
    if (whole) {
      const found = lookUp(whole[1] ?? '', scope);
      return found === undefined ? text : escaped(found);
    }
    return text.replace(REFERENCE, (match, reference: string | undefined) => {
      if (reference === undefined) return match;
      const found = lookUp(reference, scope);
      return found === undefined ? match : String(escaped(textOf(found)));
    });
  });
}

/** Fills in what is left, and takes the last escapes away: `$${` is `${`. */
export function fillLast(value: JsonObject, scope: Scope): JsonObject {
  const filled = mapText(fill(value, scope), (text) => {
    for (const [, reference] of text.matchAll(REFERENCE)) {
      if (reference !== undefined) throw new DeadReference(reference, 'leads nowhere');
    }
    return text.replaceAll('$${', () => '${');
  });
  return filled as JsonObject;
}

function lookUp(reference: string, scope: Scope): Json | undefined {
  const [root = '', ...path] = pathOf(reference);
  let found: Json | undefined = scope[root];
  if (found === undefined) return undefined;
  for (const [index, name] of path.entries()) {
    const next: Json | undefined = childOf(found, name);
    if (next === undefined) {
      const known = typeof found === 'object' && found !== null ? `; it has ${Object.keys(found).join(', ')}` : '';
      throw new DeadReference(reference, `has no ${path.slice(0, index + 1).join('.')}${known.slice(0, 200)}`);
    }
    found = next;
  }
  return found;
}

function childOf(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as { readonly [name: string]: Json })[name];
}

function pathOf(reference: string): string[] {
  if (!PATH.test(reference)) {
    throw new DeadReference(
      reference,
      `is no reference; write such as $\{input.source} or $\{steps.split.output.parts}`,
    );
  }
  return reference.split(/\.|\[|\]\.?/).filter((name) => name !== '');
}

function textOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function escaped(value: Json): Json {
  return mapText(value, (text) => text.replaceAll('${', () => '$${'));
}

function eachText(value: Json, visit: (text: string) => void): void {
  mapText(value, (text) => {
    visit(text);
    return text;
  });
}

function mapText(value: Json, map: (text: string) => Json, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new DeadReference('', `: values are nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((each: Json) => mapText(each, map, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapText(each, map, depth + 1)]));
}
