import type { ApiDocument, Described, Schema } from './document.ts';

const MOST_DEEP = 6;
const OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2030-01-01T00:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value of a schema: its example, or the simplest that has what is required. */
export function sampleOf(document: ApiDocument, given: Schema, depth = 0): unknown {
  const schema = document.resolve(given);
  const [first] = [...(given.examples ?? []), ...(schema.examples ?? []), ...(schema.enum ?? [])];
  if (first !== undefined) return first;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  const [variant] = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (variant) return sampleOf(document, variant, depth);
  if (schema.type === 'array')
    return depth > MOST_DEEP || !schema.items ? [] : [sampleOf(document, schema.items, depth + 1)];
  if (schema.type === 'object') return depth > MOST_DEEP ? {} : sampleObject(document, schema, depth);
  return simplest(schema);
}

function sampleObject(document: ApiDocument, { properties = {}, required = [] }: Schema, depth: number): unknown {
  const wanted = Object.entries(properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(wanted.map(([name, schema]) => [name, sampleOf(document, schema, depth + 1)]));
}

function simplest({ type, format = '', minimum = 0 }: Schema): unknown {
  if (type === 'integer' || type === 'number') return Math.max(0, minimum);
  if (type === 'boolean') return true;
  return type === 'null' ? null : (OF_FORMAT[format] ?? 'text');
}

/** How to ask for it by curl, with an access key. */
export function curlOf(document: ApiDocument, operation: Described, origin: string): string {
  const { method, path, requestBody, parameters } = operation;
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} '${origin}/api/v1${path}'`,
    '-u "$KEY_ID:$KEY_SECRET"',
  ];
  for (const { name } of parameters.filter((each) => each.in === 'header' && each.required)) {
    lines.push(`-H '${name}: <its value>'`);
  }
  const schema = requestBody?.content['application/json']?.schema;
  if (schema) {
    const body = JSON.stringify(sampleOf(document, schema)).replaceAll("'", "'\\''");
    lines.push("-H 'content-type: application/json'", `-d '${body}'`);
  }
  return lines.join(' \\\n  ');
}
