import { z } from 'zod';
import { ACTION_PATTERNS } from './action.ts';
import { isResourcePattern, RESOURCE_FORMS } from './resource.ts';
import { ROLE_NAMES } from './roles.ts';

const resources = z
  .array(z.string().max(1024).refine(isResourcePattern, { error: RESOURCE_FORMS }))
  .min(1)
  .max(100);

/** A role on all resources, or on those that are named. */
export const grantSchema = z.strictObject({
  role: z.enum(ROLE_NAMES),
  resources: resources.default(['*']),
});

/** A statement as a person or a program writes it. */
export const statementSchema = z.strictObject({
  effect: z.enum(['allow', 'deny']),
  actions: z
    .array(z.enum(ACTION_PATTERNS as [(typeof ACTION_PATTERNS)[number]]))
    .min(1)
    .max(100),
  resources,
});
