export { ACTION_PATTERNS, ACTIONS, type Action, type ActionPattern } from './action.ts';
export { covers, type Decision, decide, decideAnywhere, type Policy, type Statement } from './policy.ts';
export { isResourcePattern, RESOURCE_FORMS, type Resource, resourceName, SERVER } from './resource.ts';
export { type Grant, policyOf, ROLE_NAMES, type Role } from './roles.ts';
export { grantSchema, statementSchema } from './schema.ts';
export { RISKS, type Risk } from './second-person.ts';
