import { fields, list, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

/** The ready roles, from the one that may everything down. */
export const ROLES = [
  'admin',
  'operator',
  'monitor',
  'domain-manager',
  'billing',
  'template-admin',
  'job-submitter',
  'uploader',
  'play-token-issuer',
] as const;
export type Role = (typeof ROLES)[number];

/** A role and where it is held. */
export type Grant = { readonly role: string; readonly resources: readonly string[] };

export type User = {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  /** Statements of the policy language, which the console only counts. */
  readonly statementCount: number;
  readonly isEnabled: boolean;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly createdAt: string;
};

export function readUsers(answer: unknown): ListPage<User> {
  const { users, nextCursor } = fields(answer);
  return { rows: list(users).map(readUser), cursor: text(nextCursor) };
}

export function readUser(answer: unknown): User {
  const { id, name, grants, statements, isEnabled, hasPassword, hasTotp, createdAt } = fields(answer);
  return {
    id: text(id) ?? '',
    name: text(name) ?? '',
    grants: list(grants).map((grant) => {
      const { role, resources } = fields(grant);
      return { role: text(role) ?? '', resources: list(resources).filter((each) => typeof each === 'string') };
    }),
    statementCount: list(statements).length,
    isEnabled: isEnabled === true,
    hasPassword: hasPassword === true,
    hasTotp: hasTotp === true,
    createdAt: text(createdAt) ?? '',
  };
}
