import { describe, expect, it } from 'vitest';
import type { ActionPattern } from './action.ts';
import { covers, decide, decideAnywhere, type Statement } from './policy.ts';
import { isResourcePattern, type Resource, resourceMatches } from './resource.ts';
import { statementSchema } from './schema.ts';

const statement = (effect: Statement['effect'], actions: readonly ActionPattern[], ...resources: string[]) => ({
  effect,
  actions,
  resources,
});
const allow = (actions: readonly ActionPattern[], ...resources: string[]) => statement('allow', actions, ...resources);
const deny = (actions: readonly ActionPattern[], ...resources: string[]) => statement('deny', actions, ...resources);

const app = (domain: string, name: string): Resource => ({ kind: 'app', domain, app: name });
const object = (name: string): Resource => ({ kind: 'storage', storage: 'archive', object: name });

describe('resourceMatches', () => {
  it.each<[string, Resource, boolean]>([
    ['*', { kind: 'server' }, true],
    ['*', app('a', 'live'), true],
    ['server', { kind: 'server' }, true],
    ['server', app('a', 'live'), false],
    ['domain/a', { kind: 'domain', domain: 'a' }, true],
    ['domain/a', app('a', 'live'), true],
    ['domain/a', app('ab', 'live'), false],
    ['domain/*.example.com', app('x.example.com', 'live'), true],
    ['domain/*.example.com', app('example.com', 'live'), false],
    ['domain/*.example.com', app('x.example.com.evil', 'live'), false],
    ['app/a/live', app('a', 'live'), true],
    ['app/a/live', app('a', 'live/sub'), false],
    ['app/a/live/*', app('a', 'live/sub'), true],
    ['app/*/live', app('b', 'live'), true],
    ['app/a/live', { kind: 'domain', domain: 'a' }, false],
    ['app/a/l*v*e', app('a', 'lxvxve'), true],
    ['app/a/l*v*e', app('a', 'le'), false],
    ['app/a/ab*ba', app('a', 'aba'), false],
    ['storage/archive/2026/*', object('2026/11/a.mp4'), true],
    ['storage/archive/2026/*', object('2025/11/a.mp4'), false],
    ['storage/other/*', object('a'), false],
    ['pipeline/fast', { kind: 'pipeline', pipeline: 'fast' }, true],
    ['category/news*', { kind: 'category', category: 'newsroom' }, true],
    ['category/news', { kind: 'category', category: '*' }, false],
  ])('%s and %j: %s', (pattern, resource, expected) => {
    expect(resourceMatches(pattern, resource)).toBe(expected);
    expect(isResourcePattern(pattern)).toBe(true);
  });

  it('takes no long time over any pattern', () => {
    const pattern = `app/a/${'a*'.repeat(500)}b`;
    expect(resourceMatches(pattern, app('a', 'a'.repeat(1000)))).toBe(false);
  });
});

describe('decide', () => {
  it('allows nothing by itself, and says which action is missing', () => {
    expect(decide([], 'streams:kick', app('a', 'live'))).toEqual({
      allowed: false,
      code: 'NOT_ALLOWED',
      action: 'streams:kick',
      sentence: 'you may not streams:kick here',
      remedy: 'Ask an administrator for a role or a statement that allows streams:kick.',
    });
  });

  it.each([
    ['before', [deny(['streams:*'], 'app/a/live'), allow(['*'], '*')]],
    ['behind', [allow(['*'], '*'), deny(['streams:*'], 'app/a/live')]],
  ])('lets a denial %s an allowance win, on its resources alone', (_, policy) => {
    expect(decide(policy, 'streams:kick', app('a', 'live'))).toMatchObject({ allowed: false, code: 'DENIED' });
    expect(decide(policy, 'streams:kick', app('a', 'other'))).toEqual({ allowed: true });
    expect(decide(policy, 'blocks:write', app('a', 'live'))).toEqual({ allowed: true });
  });

  it('does not take one area for the beginning of another', () => {
    expect(decide([allow(['streams:*'], '*')], 'sessions:read', { kind: 'server' }).allowed).toBe(false);
  });
});

describe('decideAnywhere', () => {
  it('is no where everything is denied', () => {
    expect(decideAnywhere([allow(['*'], '*'), deny(['audit:read'], '*')], 'audit:read').allowed).toBe(false);
    expect(decideAnywhere([allow(['*'], '*'), deny(['audit:read'], 'server')], 'audit:read').allowed).toBe(true);
  });
});

describe('covers', () => {
  const everything = [allow(['*'], '*')];
  it.each([
    ['everything and itself', everything, everything, true],
    ['a domain and everything', [allow(['*'], 'domain/a')], everything, false],
    ['a domain and its app', [allow(['*'], 'domain/a')], [allow(['streams:read'], 'app/a/live')], true],
    [
      'a domain and a pattern wider than it',
      [allow(['*'], 'domain/a')],
      [allow(['streams:read'], 'app/*/live')],
      false,
    ],
    ['an area and all actions', [allow(['streams:*'], '*')], [allow(['*'], '*')], false],
    ['an area and one of its actions', [allow(['streams:*'], '*')], [allow(['streams:kick'], '*')], true],
    [
      'a denied action and its area',
      [...everything, deny(['streams:kick'], 'app/a/b')],
      [allow(['streams:*'], '*')],
      false,
    ],
    ['a denied action and another', [...everything, deny(['streams:kick'], '*')], [allow(['streams:read'], '*')], true],
    ['nothing and a denial', [], [deny(['*'], '*')], true],
  ])('%s: %s', (_, wide, narrow, expected) => {
    expect(covers(wide, narrow)).toBe(expected);
  });
});

describe('statementSchema', () => {
  it.each([
    [{ effect: 'allow', actions: ['streams:fly'], resources: ['*'] }, 'actions.0'],
    [{ effect: 'allow', actions: ['audit:delete'], resources: ['*'] }, 'actions.0'],
    [{ effect: 'allow', actions: ['*'], resources: ['domain/a/b'] }, 'resources.0'],
    [{ effect: 'allow', actions: ['*'], resources: ['stream'] }, 'resources.0'],
    [{ effect: 'allow', actions: ['*'], resources: [] }, 'resources'],
    [{ effect: 'perhaps', actions: ['*'], resources: ['*'] }, 'effect'],
    [{ effect: 'allow', actions: ['*'], resources: ['*'], until: 1 }, ''],
  ])('refuses %j and says where', (given, path) => {
    const result = statementSchema.safeParse(given);
    expect(result.error?.issues[0]?.path.join('.')).toBe(path);
  });
});
