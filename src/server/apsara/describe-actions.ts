import { z } from 'zod';
import type { ApsaraActionOverview, ApsaraParameter } from '../../operations/index.ts';
import { flag, integer, type Service, utcTime } from './base/index.ts';

/** What is served, as whoever calls it needs to know it. */
export function describedActions(services: readonly Service[]): ApsaraActionOverview[] {
  return services.flatMap(({ version, actions }) =>
    actions.map(({ name, summary, differs, input }) => ({
      ...{ version, name, summary, ...(differs !== undefined && { differs }) },
      parameters: fieldsOf(input),
    })),
  );
}

function fieldsOf({ shape }: z.ZodObject): ApsaraParameter[] {
  return Object.entries(shape).map(([name, schema]) => ({ name, ...described(schema as z.ZodType) }));
}

type Described = Omit<ApsaraParameter, 'name'>;

/** Schemas are wrapped in what happens to a value; what is sent is at the bottom. */
function described(schema: z.ZodType): Described {
  if (schema instanceof z.ZodDefault) return { ...optional(schema.unwrap()), ...usual(schema.def.defaultValue) };
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return optional(schema.unwrap());
  if (schema instanceof z.ZodPipe) {
    return described((schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType);
  }
  if (schema instanceof z.ZodArray) {
    const item = described(schema.element as z.ZodType);
    return { kind: 'list', isRequired: true, ...(item.fields && { fields: item.fields }) };
  }
  if (schema instanceof z.ZodObject) return { kind: 'object', isRequired: true, fields: fieldsOf(schema) };
  if (schema instanceof z.ZodEnum) return { kind: 'text', isRequired: true, values: schema.options.map(String) };
  if (schema instanceof z.ZodLiteral) return { kind: 'text', isRequired: true, values: [...schema.values].map(String) };
  return { kind: PATTERNS.get(patternOf(schema)) ?? 'text', isRequired: true };
}

const optional = (inner: unknown): Described => ({ ...described(inner as z.ZodType), isRequired: false });

function usual(value: unknown): { usual?: string } {
  return ['string', 'number', 'boolean'].includes(typeof value) ? { usual: String(value) } : {};
}

function patternOf(schema: z.ZodType): string | undefined {
  return schema instanceof z.ZodString
    ? (z.toJSONSchema(schema, { io: 'input' }).pattern as string | undefined)
    : undefined;
}

/** The kinds of fields know each other by what they let through. */
const PATTERNS = new Map<string | undefined, Described['kind']>(
  (
    [
      ['integer', integer],
      ['flag', flag],
      ['time', utcTime],
    ] as const
  ).map(([kind, { in: text }]) => [patternOf(text as z.ZodType), kind]),
);
