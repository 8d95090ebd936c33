import {
  halfSchema,
  identityOf,
  OBJECT_KINDS,
  type PlacedError,
  type RulesHalf,
  restoreSecrets,
} from '../../rules/index.ts';
import { invalid } from './change.ts';

/** The rules that the API changes, as a whole. */
export const document = halfSchema.meta({ id: 'RulesDocument' });

/** The document with the secrets that were hidden from whoever sends it. */
export function withStoredSecrets(
  given: RulesHalf,
  stored: RulesHalf,
  placeOf?: Parameters<typeof invalid>[1],
): RulesHalf {
  const errors: PlacedError[] = [];
  const lists = OBJECT_KINDS.map((kind) => {
    const known = new Map((stored[kind] ?? []).map((object) => [identityOf(kind, object), object]));
    const list = given[kind]?.map((object, index) => {
      const { value, missing } = restoreSecrets(object, known.get(identityOf(kind, object)));
      const message = 'no secret is stored here that could be kept';
      errors.push(...missing.map((path) => ({ path: `${kind}[${index}].${path.join('.')}`, message })));
      return value;
    });
    return [kind, list] as const;
  });
  if (errors.length > 0) throw invalid(errors, placeOf);
  const given_ = lists.filter(([, list]) => list !== undefined);
  return { ...given, ...Object.fromEntries(given_) };
}
