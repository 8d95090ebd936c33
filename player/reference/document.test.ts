import { describe, expect, it } from 'vitest';
import { ApiDocument, isFound } from './document.ts';
import { curlOf, sampleOf } from './sample.ts';

const document = new ApiDocument({
  info: { description: 'what it is' },
  paths: {
    '/things': {
      post: {
        ...{ operationId: 'createThing', tags: ['Things'], summary: 'Makes a thing', 'x-action': 'things:write' },
        parameters: [{ $ref: '#/components/parameters/Key' }],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        responses: { 201: {} },
      },
    },
  },
  components: {
    parameters: { Key: { name: 'Key', in: 'header', schema: { type: 'string' } } },
    schemas: {
      Thing: {
        type: 'object',
        required: ['name', 'at', 'kinds'],
        properties: {
          name: { type: 'string', examples: ["it's"] },
          at: { type: 'string', format: 'date-time' },
          kinds: { type: 'array', items: { enum: ['a', 'b'] } },
          note: { type: 'string' },
        },
      },
    },
  },
});
const [operation] = document.operations;
if (!operation) throw new Error('there is one');

describe('the reference', () => {
  it('finds an operation by all words, wherever they stand', () => {
    expect(isFound(operation, '')).toBe(true);
    expect(isFound(operation, 'post THING')).toBe(true);
    expect(isFound(operation, 'things:write makes')).toBe(true);
    expect(isFound(operation, 'post other')).toBe(false);
  });

  it('resolves parameters that many operations have', () => {
    expect(operation.parameters.map(({ name }) => name)).toEqual(['Key']);
  });

  it('shows what is required in an example, by curl with quotes that hold', () => {
    const at = '2030-01-01T00:00:00Z';
    expect(sampleOf(document, { $ref: '#/components/schemas/Thing' })).toEqual({ name: "it's", at, kinds: ['a'] });
    expect(curlOf(document, operation, 'http://h')).toContain(`-d '{"name":"it'\\''s","at":"${at}","kinds":["a"]}'`);
  });
});
