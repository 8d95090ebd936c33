import type { ActionPattern } from './action.ts';
import type { Policy, Statement } from './policy.ts';

const ROLES = {
  admin: ['*'],
  operator: [
    ...['streams:*', 'recordings:read', 'recordings:command', 'clips:read', 'clips:create', 'blocks:*'],
    ...['rules:read', 'templates:read', 'callbacks:*', 'certificates:read', 'events:read', 'usage:read'],
    ...[
      'alarms:*',
      'play-tokens:issue',
      'pipelines:read',
      'jobs:*',
      'assets:read',
      'assets:write',
      'categories:read',
      'health:*',
    ],
    'keys:issue-temporary',
  ],
  monitor: [
    ...['streams:read', 'recordings:read', 'clips:read', 'blocks:read', 'rules:read', 'templates:read'],
    ...[
      'callbacks:read',
      'certificates:read',
      'events:read',
      'usage:read',
      'alarms:read',
      'pipelines:read',
      'jobs:read',
      'assets:read',
    ],
    ...['categories:read', 'health:read'],
  ],
  'domain-manager': [
    ...['streams:*', 'recordings:*', 'clips:*', 'blocks:*', 'rules:*', 'templates:read', 'callbacks:*'],
    ...['certificates:*', 'events:read', 'usage:read', 'alarms:read', 'play-tokens:issue', 'keys:issue-temporary'],
  ],
  billing: ['usage:*'],
  'template-admin': ['templates:*', 'rules:read', 'pipelines:read'],
  'job-submitter': ['jobs:*', 'pipelines:read', 'templates:read', 'keys:issue-temporary'],
  uploader: ['assets:read', 'assets:upload', 'categories:read', 'keys:issue-temporary'],
  'play-token-issuer': ['play-tokens:issue', 'keys:issue-temporary'],
} as const satisfies Record<string, readonly ActionPattern[]>;

/** A ready set of actions. */
export type Role = keyof typeof ROLES;

/** The ready roles, from the one that may everything down. */
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];

/** A role and where it is held: everywhere, or on some resources. */
export type Grant = { readonly role: Role; readonly resources: readonly string[] };

/** The policy that somebody has: their roles', and statements of their own. */
export function policyOf(grants: readonly Grant[], statements: Policy = []): Policy {
  return [...grants.map(statementOf), ...statements];
}

function statementOf({ role, resources }: Grant): Statement {
  return { effect: 'allow', actions: ROLES[role], resources };
}
