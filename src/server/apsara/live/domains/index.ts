import type { ServedAction } from '../../base/index.ts';
import { authCheckingActions } from './auth-checking-actions.ts';
import { certificateActions } from './certificate-actions.ts';
import { configActions } from './config-actions.ts';
import { delayActions } from './delay-actions.ts';
import { domainActions } from './domain-actions.ts';
import { mappingActions } from './mapping-actions.ts';
import { packagingActions } from './packaging-actions.ts';
import { tagActions } from './tag-actions.ts';

/** Domains: adding, joining and setting them, their certificates and tags, and how their streams are packaged. */
export const allDomainActions: readonly ServedAction[] = [
  ...domainActions,
  ...mappingActions,
  ...configActions,
  ...authCheckingActions,
  ...certificateActions,
  ...tagActions,
  ...delayActions,
  ...packagingActions,
];
