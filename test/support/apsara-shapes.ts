import { readFileSync } from 'node:fs';

/** The type of a field: a text, a number, a boolean, an object with any names, or an object with these. */
export type Shape =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'map' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Field> };

export type Field = { readonly isRequired: boolean; readonly shape: Shape };

export type ActionShape = { readonly request: ReadonlyMap<string, Field>; readonly answer: ReadonlyMap<string, Field> };

/**
 * Names and types of all actions of a service, from its table. In it `*` is required, `:n` a number, `:b` a boolean,
 * `:map` an object with any names, `[]` a list, `{}` an object; everything else is text.
 */
export function readShapes(version: string): ReadonlyMap<string, ActionShape> {
  const file = new URL(`../fixtures/apsara/${version}.tsv`, import.meta.url);
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', request = '', answer = ''] = line.split('\t');
      return [name, { request: new Reader(request).fields(), answer: new Reader(answer).fields() }];
    }),
  );
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fields(): ReadonlyMap<string, Field> {
    const fields = new Map<string, Field>();
    while (this.#at < this.#text.length && this.#text[this.#at] !== '}') {
      const name = this.#take(/^[\w-]+/y);
      const isRequired = this.#is('*');
      fields.set(name, { isRequired, shape: this.#shape() });
      if (!this.#is(',')) break;
    }
    return fields;
  }

  #shape(): Shape {
    const type = this.#is(':') ? this.#take(/^\w+/y) : '';
    const kinds = { n: 'number', b: 'boolean', map: 'map' } as const;
    const isList = this.#is('[]');
    let shape: Shape = { kind: kinds[type as keyof typeof kinds] ?? 'text' };
    if (this.#is('{')) {
      shape = { kind: 'object', fields: this.fields() };
      if (!this.#is('}')) throw new Error(`no end at ${this.#at} of ${this.#text}`);
    }
    return isList ? { kind: 'list', of: shape } : shape;
  }

  #is(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #take(pattern: RegExp): string {
    const found = new RegExp(pattern.source.slice(1), 'y');
    found.lastIndex = this.#at;
    const [text] = found.exec(this.#text) ?? [];
    if (text === undefined) throw new Error(`no name at ${this.#at} of ${this.#text}`);
    this.#at += text.length;
    return text;
  }
}

/** What is not as the table has it, by its place; fields may be left out where there is nothing to tell. */
export function shapeProblems(value: unknown, shape: Shape, place = ''): string[] {
  if (shape.kind === 'object') return objectProblems(value, shape.fields, place);
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) return [`${place}: no list`];
    return value.flatMap((item, index) => shapeProblems(item, shape.of, `${place}[${index}]`));
  }
  const types = { text: 'string', number: 'number', boolean: 'boolean', map: 'object' };
  return typeof value === types[shape.kind] && value !== null
    ? []
    : [`${place}: ${JSON.stringify(value)} is no ${shape.kind}`];
}

export function objectProblems(value: unknown, fields: ReadonlyMap<string, Field>, place = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: no object`];
  return Object.entries(value).flatMap(([name, each]) => {
    const field = fields.get(name);
    const here = place === '' ? name : `${place}.${name}`;
    if (each === undefined) return [];
    return field === undefined ? [`${here}: there is no such field`] : shapeProblems(each, field.shape, here);
  });
}
