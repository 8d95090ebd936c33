export { type ApsaraDoor, apsaraDoor } from './apsara-door.ts';
export type { Service } from './base/index.ts';
export { describedActions } from './describe-actions.ts';
export { SERVICES } from './services.ts';
