export { domainUsageActions } from './domain-usage-actions.ts';
export { streamUsageActions } from './stream-usage-actions.ts';
