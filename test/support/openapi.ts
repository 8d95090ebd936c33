import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Schema = { readonly [key: string]: unknown };

export type Parameter = { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly schema: Schema };

/** An operation of an OpenAPI document, as tests ask for it. */
export type ApiOperation = {
  readonly name: string;
  readonly method: string;
  /** With names in braces. */
  readonly path: string;
  /** What it asks the policy for; undefined for what needs no login. */
  readonly action: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** What it answers where it is done, by status. */
  readonly answers: ReadonlyMap<number, Schema | 'none'>;
};

type Described = {
  readonly operationId: string;
  readonly 'x-action'?: string;
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema?: Schema }>> }>>;
};

/** An OpenAPI document, read for tests. */
export class OpenApi {
  readonly operations: readonly ApiOperation[];
  readonly #document: Schema;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: Schema) {
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: false });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'openapi', components: document.components });
    this.operations = Object.entries(document.paths as Record<string, Record<string, Described>>).flatMap(
      ([path, methods]) => Object.entries(methods).map(([method, described]) => this.#read(method, path, described)),
    );
  }

  /** What `$ref` names; the schema itself where it is no reference. */
  resolve(schema: Schema): Schema {
    if (typeof schema.$ref !== 'string') return schema;
    const [, , kind = '', name = ''] = schema.$ref.split('/');
    return ((this.#document.components as Record<string, Record<string, Schema>>)[kind]?.[name] ?? {}) as Schema;
  }

  /** Where a value is not of the schema; undefined where it is. */
  problemOf(schema: Schema, value: unknown): string | undefined {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
    const known = this.#validators.get(schema);
    const validate = known ?? this.#ajv.compile(JSON.parse(text));
    this.#validators.set(schema, validate);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  #read(method: string, path: string, described: Described): ApiOperation {
    const answers = Object.entries(described.responses).flatMap(([status, { content }]): [number, Schema | 'none'][] =>
      status === 'default' ? [] : [[Number(status), content?.['application/json']?.schema ?? 'none']],
    );
    return {
      ...{ name: described.operationId, method: method.toUpperCase(), path, action: described['x-action'] },
      parameters: described.parameters.map((each) => this.resolve(each as Schema) as unknown as Parameter),
      body: described.requestBody?.content['application/json'].schema,
      answers: new Map(answers),
    };
  }
}
