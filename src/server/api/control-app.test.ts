import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../identity/index.ts';
import { controlApp } from './control-app.ts';
import { standInDoor } from './test-door.ts';

type Layer = {
  readonly route?: {
    readonly path: string;
    readonly stack: readonly { readonly method: string; readonly handle: object }[];
  };
  readonly handle: { readonly stack?: readonly Layer[] };
};

/** Each route of the API with what it asks the policy for. */
function routes(): [route: string, action: string | undefined][] {
  const app = controlApp(standInDoor(), (_request, _response, next) => next());
  const api = (app.router.stack as unknown as Layer[]).find(({ handle }) => handle.stack !== undefined);
  return (api?.handle.stack ?? []).flatMap(({ route }) => {
    if (route === undefined) return [];
    const action = route.stack.flatMap(({ handle }) => ('action' in handle ? [String(handle.action)] : []))[0];
    return [[`${route.stack[0]?.method.toUpperCase()} ${route.path}`, action]];
  });
}

describe('controlApp', () => {
  it('has every route of the API ask the policy for an action, but the way in and out, who one is, and what there is', () => {
    const all = routes();
    expect(all.length).toBeGreaterThan(25);
    const asking = (wanted: string | undefined) => all.flatMap(([route, action]) => (action === wanted ? [route] : []));
    expect(asking(undefined)).toEqual(['POST /login', 'POST /logout', 'GET /openapi.json']);
    expect(asking('anyone')).toEqual(['POST /sign', 'POST /review-links/open', 'GET /me', 'GET /apsara/actions']);
    for (const [, action] of all) expect([undefined, 'self', 'anyone', ...ACTIONS]).toContain(action);
  });

  it('has each route once', () => {
    const names = routes().map(([route]) => route);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has nothing that changes or removes entries of the audit log', () => {
    const audit = routes().filter(([route]) => route.includes('/audit'));
    expect(audit).toEqual([
      ['GET /audit', 'audit:read'],
      ['GET /audit/verify', 'audit:read'],
    ]);
  });
});
