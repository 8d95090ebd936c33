import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** Formats that say all that their pattern says. */
const SAID_BY_FORMAT = new Set(['date-time', 'uuid']);

/** Schemas as an OpenAPI document has them: those that have an id are components, and others refer to them. */
export class JsonSchemas {
  readonly components: Record<string, unknown> = {};
  /** Parameters and answers that several operations have. */
  readonly #made = { input: new Map<z.ZodType, unknown>(), output: new Map<z.ZodType, unknown>() };

  /** What a caller sends (`input`) has defaults, which what is answered (`output`) always has. */
  of(schema: z.ZodType, io: 'input' | 'output'): unknown {
    const made = this.#made[io].get(schema) ?? this.#make(schema, io);
    this.#made[io].set(schema, made);
    return made;
  }

  #make(schema: z.ZodType, io: 'input' | 'output'): unknown {
    // In another, so that the schema itself becomes a component if it has an id.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
      ...{ target: 'draft-2020-12', io, unrepresentable: 'any' },
      override: ({ jsonSchema }) => {
        if (SAID_BY_FORMAT.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
      },
    }) as unknown as { properties: { it: unknown }; $defs?: Record<string, Json> };
    const names = new Map(Object.entries($defs).map(([id, part]) => [id, this.#nameOf(id, io, part)]));
    for (const [id, part] of Object.entries($defs)) this.components[names.get(id) ?? id] = withNames(part, names);
    return withNames(properties.it, names);
  }

  /** A schema with defaults is another one for what is sent. */
  #nameOf(id: string, io: 'input' | 'output', part: Json): string {
    const known = this.components[id];
    if (known === undefined || JSON.stringify(known) === JSON.stringify(withNames(part, new Map()))) return id;
    return `${id}${io === 'input' ? 'Wanted' : 'Given'}`;
  }
}

function withNames(part: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(part)) return part.map((each) => withNames(each, names));
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => {
    if (key !== '$ref' || typeof value !== 'string') return [key, withNames(value, names)];
    const id = value.replace('#/$defs/', '');
    return [key, `#/components/schemas/${names.get(id) ?? id}`];
  });
  return Object.fromEntries(entries);
}
