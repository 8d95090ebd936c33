import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { apiDocument } from './control-app.ts';
import { standInDoor } from './test-door.ts';

type Described = { readonly operationId: string; readonly 'x-action'?: string; readonly security?: unknown[] };
type Answering = { readonly responses: Readonly<Record<string, unknown>> };
type Paths = Record<string, Record<string, Described>>;

const document = await apiDocument(standInDoor());
const operations = Object.entries(document.paths as Paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({ ...described, route: `${method.toUpperCase()} ${path}` })),
);

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(document.openapi).toBe('3.1.0');
  });

  it('has each operation once, with a name of its own and what it asks the policy for', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { route, security, ...described } of operations) {
      const says = security === undefined ? described['x-action'] : 'nothing';
      expect([route, says]).toEqual([route, expect.stringMatching(/^(nothing|self|anyone|[a-z-]+:[a-z-]+)$/)]);
    }
    expect(operations.filter(({ security }) => security).map(({ route }) => route)).toEqual([
      'POST /login',
      'POST /logout',
      'GET /openapi.json',
    ]);
  });

  it('says which changes take If-Match, which answers have an ETag, and how events come by WebSocket', () => {
    const text = (method: string, path: string) => JSON.stringify((document.paths as Paths)[path]?.[method]);
    expect(text('put', '/rules')).toMatch(/IfMatchRequired.*headers\/ETag.*"412"/);
    for (const path of ['/domains/{name}', '/stream-rules/{id}', '/callbacks/{id}']) {
      for (const method of ['put', 'delete']) expect(text(method, path)).toMatch(/IfMatch".*"412"/);
      expect(text('get', path)).toMatch(/IfNoneMatch".*headers\/ETag.*"304"/);
    }
    expect(text('get', '/streams')).toMatch(/IfNoneMatch".*"304"/);
    expect(text('post', '/callbacks')).not.toMatch(/Match/);
    expect(text('get', '/recordings/{domain}/{app}/{stream}/{id}/chapters.vtt')).not.toMatch(/Match/);
    const { 101: followed } = (document.paths as Record<string, Record<string, Answering>>)['/events/stream']!.get!
      .responses;
    expect(followed).toMatchObject({ 'x-frame': { $ref: '#/components/schemas/EventFrame' } });
  });

  it('refers to nothing that is not there, and repeats no pattern of a time', () => {
    const text = JSON.stringify(document);
    const components = document.components as Record<string, Record<string, unknown>>;
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect([name, components[kind]?.[name] !== undefined]).toEqual([name, true]);
    }
    expect(text).not.toContain('$defs');
    expect(text).not.toMatch(/"format":"date-time","pattern"/);
  });
});
