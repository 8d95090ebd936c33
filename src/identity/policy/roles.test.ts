import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from './action.ts';
import { decide, decideAnywhere } from './policy.ts';
import { SERVER } from './resource.ts';
import { policyOf, ROLE_NAMES, type Role } from './roles.ts';

// Columns in the order of ROLE_NAMES: admin operator monitor domain-manager billing template-admin job-submitter uploader issuer
const MATRIX: Readonly<Record<Action, string>> = {
  'streams:read': '++++.....',
  'streams:kick': '++.+.....',
  'streams:push-urls': '++.+.....',
  'recordings:read': '++++.....',
  'recordings:command': '++.+.....',
  'recordings:delete': '+..+.....',
  'clips:read': '++++.....',
  'clips:create': '++.+.....',
  'clips:delete': '+..+.....',
  'blocks:read': '++++.....',
  'blocks:write': '++.+.....',
  'rules:read': '++++.+...',
  'rules:write': '+..+.....',
  'rules:secrets': '+..+.....',
  'rules:approve': '+..+.....',
  'templates:read': '++++.++..',
  'templates:write': '+....+...',
  'callbacks:read': '++++.....',
  'callbacks:redeliver': '++.+.....',
  'certificates:read': '++++.....',
  'certificates:write': '+..+.....',
  'events:read': '++++.....',
  'usage:read': '+++++....',
  'usage:write': '+...+....',
  'alarms:read': '++++.....',
  'alarms:write': '++.......',
  'play-tokens:issue': '++.+....+',
  'pipelines:read': '+++..++..',
  'pipelines:write': '+........',
  'jobs:read': '+++...+..',
  'jobs:submit': '++....+..',
  'jobs:cancel': '++....+..',
  'assets:read': '+++....+.',
  'assets:upload': '+......+.',
  'assets:write': '++.......',
  'assets:delete': '+........',
  'categories:read': '+++....+.',
  'categories:write': '+........',
  'health:read': '+++......',
  'health:drain': '++.......',
  'backup:read': '+........',
  'audit:read': '+........',
  'users:read': '+........',
  'users:write': '+........',
  'sessions:read': '+........',
  'sessions:end': '+........',
  'keys:read': '+........',
  'keys:write': '+........',
  'keys:issue-temporary': '++.+..+++',
};

const CELLS = ACTIONS.flatMap((action) =>
  ROLE_NAMES.map((role, column): [Role, Action, boolean] => [role, action, MATRIX[action][column] === '+']),
);

describe('policyOf', () => {
  it.each(CELLS)('%s, %s: %s', (role, action, allowed) => {
    expect(decide(policyOf([{ role, resources: ['*'] }]), action, SERVER).allowed).toBe(allowed);
  });

  it('lets no role change or remove entries of the audit log', () => {
    expect(ACTIONS.filter((action) => action.startsWith('audit:'))).toEqual(['audit:read']);
  });

  it('holds a role to the resources it was given on', () => {
    const policy = policyOf([{ role: 'domain-manager', resources: ['domain/a.example.com'] }]);
    const on = (domain: string) => decide(policy, 'rules:write', { kind: 'app', domain, app: 'live' }).allowed;
    expect([on('a.example.com'), on('b.example.com')]).toEqual([true, false]);
    expect(decide(policy, 'streams:read', SERVER).allowed).toBe(false);
    expect(decideAnywhere(policy, 'streams:read').allowed).toBe(true);
    expect(decideAnywhere(policy, 'users:read').allowed).toBe(false);
  });

  it('takes what a statement denies from a role', () => {
    const denial = { effect: 'deny', actions: ['streams:push-urls'], resources: ['app/a/private'] } as const;
    const policy = policyOf([{ role: 'operator', resources: ['*'] }], [denial]);
    const of = (app: string) => decide(policy, 'streams:push-urls', { kind: 'app', domain: 'a', app });
    expect(of('live').allowed).toBe(true);
    expect(of('private')).toMatchObject({ allowed: false, code: 'DENIED', action: 'streams:push-urls' });
  });
});
