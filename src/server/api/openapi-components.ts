/** The parts of the OpenAPI document that no schema of an operation says. */
export const COMPONENTS = {
  parameters: {
    IdempotencyKey: {
      ...{ name: 'Idempotency-Key', in: 'header', required: false },
      description:
        'Any text of your own, such as a UUID. The same key with the same body gets the same answer for a day, and nothing is done twice.',
      schema: { type: 'string', minLength: 1, maxLength: 200 },
    },
    IfMatch: {
      ...{ name: 'If-Match', in: 'header', required: false },
      description: 'The ETag of what was read; where it was changed meanwhile, nothing is done (412)',
      schema: { type: 'string' },
    },
    IfMatchRequired: {
      ...{ name: 'If-Match', in: 'header', required: true },
      description: 'The ETag of what was read; where it was changed meanwhile, nothing is done (412)',
      schema: { type: 'string' },
    },
    IfNoneMatch: {
      ...{ name: 'If-None-Match', in: 'header', required: false },
      description: 'The ETag of an answer before; where nothing changed, the answer is 304 without a body',
      schema: { type: 'string' },
    },
  },
  headers: {
    ETag: {
      description: 'Of this answer: for If-None-Match, and for If-Match where what was read can be changed',
      schema: { type: 'string' },
    },
  },
  responses: {
    NotModified: {
      description: 'Nothing changed since the answer with this ETag',
      headers: { ETag: { $ref: '#/components/headers/ETag' } },
    },
    PreconditionFailed: {
      description: 'Somebody else changed it meanwhile: the title says who and when, errors say what',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
    Problem: {
      description: 'Not done',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
  schemas: {
    Problem: {
      type: 'object',
      description: 'What went wrong (RFC 9457), with what to do next.',
      required: ['type', 'title', 'status', 'code'],
      properties: {
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        code: { type: 'string', description: 'For programs; it does not change' },
        remedy: { type: 'string', description: 'What to do next' },
        action: { type: 'string', description: 'What the caller may not' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['path', 'message'],
            properties: { path: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
  securitySchemes: {
    session: { type: 'apiKey', in: 'cookie', name: 'headwater_session', description: 'Of POST /login' },
    accessKey: { type: 'http', scheme: 'basic', description: 'An access key and its secret' },
    temporaryKey: { type: 'http', scheme: 'bearer', description: 'A temporary key' },
  },
} as const;
