import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import type { Described } from '../../operations/index.ts';
import { JsonSchemas } from './json-schema.ts';
import { COMPONENTS } from './openapi-components.ts';

type Json = Readonly<Record<string, unknown>>;

/** An operation as its document needs it: its answer is JSON of a schema, something of a media type, or nothing. */
export type Documented = Described & {
  readonly answer?: z.ZodType | undefined;
  readonly media?: string;
  readonly upgrade?: { readonly protocol: 'websocket'; readonly frame: z.ZodType };
};

const DESCRIPTION =
  'Live streams, what is recorded of them, and who may do what. Everything that the console does is done by this API. ' +
  'Lists end in nextCursor where there is more; errors are problem+json (RFC 9457) with a code for programs and a ' +
  'remedy for people.';

/**
 * The OpenAPI 3.1 document of operations, made of the schemas that validate their calls; `open` ones need no login.
 * It is a second's work, and live streams go on between its operations.
 */
export async function openApiDocument(operations: readonly Documented[], open: readonly Documented[]): Promise<Json> {
  const schemas = new JsonSchemas();
  const all = [...open, ...operations];
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of all) {
    await nextTurn();
    const path = each.path.replace('*}', '}');
    paths[path] = { ...paths[path], [each.method]: described(each, schemas, open.includes(each)) };
  }
  return {
    openapi: '3.1.0',
    info: {
      ...{ title: 'Headwater', version: '1', description: DESCRIPTION },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ session: [] }, { accessKey: [] }, { temporaryKey: [] }],
    tags: [...new Set(all.map(({ area }) => area))].map((name) => ({ name })),
    paths,
    components: { ...COMPONENTS, schemas: { ...COMPONENTS.schemas, ...schemas.components } },
  };
}

function described(each: Documented, schemas: JsonSchemas, isOpen: boolean): Json {
  const { name, area, summary, description, action, body, takesIfMatch } = each;
  const isRepeatable = each.method === 'post' && !isOpen;
  const isTagged = isTaggedRead(each, isOpen);
  return {
    ...{ operationId: name, tags: [area], summary, ...(description === undefined ? {} : { description }) },
    ...(isOpen ? { security: [] } : { 'x-action': action }),
    parameters: [
      ...parameters('path', each, schemas),
      ...parameters('query', each, schemas),
      ...(isRepeatable ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
      ...(takesIfMatch ? [{ $ref: `#/components/parameters/${IF_MATCH[takesIfMatch]}` }] : []),
      ...(isTagged ? [{ $ref: '#/components/parameters/IfNoneMatch' }] : []),
    ],
    ...(body && { requestBody: { required: needsBody(body), content: jsonOf(schemas.of(body, 'input')) } }),
    responses: {
      ...(each.upgrade
        ? upgraded(each.upgrade, schemas)
        : { [each.status]: { description: 'Done', ...taggedBy(each, isTagged), ...contentOf(each, schemas) } }),
      ...(isTagged && { 304: { $ref: '#/components/responses/NotModified' } }),
      ...(each.accepted && {
        202: { description: 'Waits for another person', content: jsonOf(schemas.of(each.accepted, 'output')) },
      }),
      ...(takesIfMatch && { 412: { $ref: '#/components/responses/PreconditionFailed' } }),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

const IF_MATCH = { optional: 'IfMatch', required: 'IfMatchRequired' } as const;

/** Every JSON that is read has an ETag, and gets 304 for it. */
const isTaggedRead = ({ method, media, answer }: Documented, isOpen: boolean) =>
  method === 'get' && media === undefined && answer !== undefined && !isOpen;

const taggedBy = ({ takesIfMatch, method }: Documented, isTagged: boolean) =>
  isTagged || (takesIfMatch && method !== 'delete') ? { headers: { ETag: { $ref: '#/components/headers/ETag' } } } : {};

function upgraded({ protocol, frame }: NonNullable<Documented['upgrade']>, schemas: JsonSchemas): Json {
  return {
    101: { description: `The connection goes on as ${protocol}`, 'x-frame': schemas.of(frame, 'output') },
    426: { $ref: '#/components/responses/Problem' },
  };
}

function contentOf({ media, answer }: Documented, schemas: JsonSchemas): Json {
  if (media !== undefined) return { content: { [media]: {} } };
  return answer === undefined ? {} : { content: jsonOf(schemas.of(answer, 'output')) };
}

const jsonOf = (schema: unknown) => ({ 'application/json': { schema } });

const needsBody = (body: z.ZodType) => !body.safeParse({}).success;

function parameters(where: 'path' | 'query', { params, query }: Described, schemas: JsonSchemas): Json[] {
  const object = where === 'path' ? params : query;
  return Object.entries(object.shape).map(([name, field]) => {
    const { description, ...schema } = schemas.of(field as z.ZodType, 'input') as Json;
    const required = where === 'path' || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: where, required, ...(description === undefined ? {} : { description }), schema };
  });
}
