/** A JSON Schema (2020-12), as far as this page reads it. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
};

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
};

/** One operation with the method and the path that it stands under. */
export type Described = {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly 'x-action'?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};

type Components = {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
};

type Raw = Omit<Described, 'parameters' | 'method' | 'path'> & {
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
};

/** What `openapi.json` says, read for this page. */
export class ApiDocument {
  readonly description: string;
  readonly operations: readonly Described[];
  readonly #components: Components;

  constructor(answer: unknown) {
    const { info, paths, components } = answer as {
      readonly info: { readonly description: string };
      readonly paths: Readonly<Record<string, Readonly<Record<string, Raw>>>>;
      readonly components: Components;
    };
    this.description = info.description;
    this.#components = components;
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, raw]) => ({
        ...raw,
        ...{ method: method.toUpperCase(), path },
        parameters: raw.parameters.flatMap((each) => this.#parameter(each)),
      })),
    );
  }

  /** The schema that a reference names; the schema itself where it is none. */
  resolve(schema: Schema): Schema {
    const name = nameOf(schema);
    return name === undefined ? schema : (this.#components.schemas[name] ?? {});
  }

  #parameter(each: Parameter | { readonly $ref: string }): Parameter[] {
    if (!('$ref' in each)) return [each];
    const found = this.#components.parameters[each.$ref.split('/').at(-1) ?? ''];
    return found ? [found] : [];
  }
}

/** What a component is called; undefined for schemas without a name. */
export function nameOf({ $ref }: Schema): string | undefined {
  return $ref?.split('/').at(-1);
}

/** Whether all words are in what an operation says of itself. */
export function isFound(operation: Described, words: string): boolean {
  const { method, path, operationId, tags, summary, description = '' } = operation;
  const text = [method, path, operationId, ...tags, summary, description, operation['x-action'] ?? ''];
  const said = text.join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
