import type { ObjectKind } from './compiled-rules.ts';
import type { Match, Rules } from './schema.ts';

export const OBJECT_KINDS = [
  'domains',
  'streams',
  'templates',
  'templateGroups',
  'watermarks',
  'streamKeys',
  'callbacks',
  'mediaCallbacks',
  'alarmChannels',
  'alarmPolicies',
  'prices',
  'budgets',
  'estimates',
  'pulls',
  'transfers',
  'revoked',
] as const;

type ObjectOf<K extends ObjectKind> = Rules[K][number];

const matchText = (match: Match) => `${match.domain.toLowerCase()} ${match.app} ${match.stream}`;

/** What makes two objects of one list the same object: a domain's name, an id, or what a stream rule matches. */
export function identityOf<K extends ObjectKind>(kind: K, object: ObjectOf<K>): string {
  if (kind === 'revoked') return JSON.stringify(object);
  if ('name' in object) return object.name;
  if ('id' in object) return object.id;
  return 'match' in object ? matchText(object.match) : '';
}
