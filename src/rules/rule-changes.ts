import { isDeepStrictEqual } from 'node:util';
import type { ObjectKind } from './compiled-rules.ts';
import { identityOf, OBJECT_KINDS } from './identity.ts';
import { hideSecrets } from './rule-secrets.ts';
import { parseHalf, type RulesHalf } from './rules-half.ts';
import type { Rules } from './schema.ts';

type AnyObject = Rules[ObjectKind][number];

/** One object that two documents do not have alike; `before` or `after` is left out where it was added or removed. */
export type ObjectChange =
  | {
      readonly kind: ObjectKind;
      /** See `identityOf`; the second of the same identity is followed by ` #2`. */
      readonly identity: string;
      readonly before?: AnyObject;
      readonly after?: AnyObject;
    }
  | { readonly kind: 'unknownHosts'; readonly identity: ''; readonly before?: string; readonly after?: string };

/** One value that changed; null where there is none. */
export type FieldChange = {
  /** `domains[play.example.com].push.auth.key1` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
};

/** What has to be done to one document to get the other. */
export function changesBetween(before: RulesHalf, after: RulesHalf): readonly ObjectChange[] {
  const ofObjects = OBJECT_KINDS.flatMap((kind) => changesOf(kind, before, after));
  const [was, is] = [before.unknownHosts, after.unknownHosts];
  return was === is ? ofObjects : [...ofObjects, { kind: 'unknownHosts', identity: '', ...sides(was, is) }];
}

function changesOf(kind: ObjectKind, before: RulesHalf, after: RulesHalf): ObjectChange[] {
  const [old, fresh] = [byIdentity(kind, before), byIdentity(kind, after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((identity) => {
    const [was, is] = [old.get(identity), fresh.get(identity)];
    return isDeepStrictEqual(was, is) ? [] : [{ kind, identity, ...sides(was, is) }];
  });
}

/** The document with the changes made; undefined where an object is no longer as it was before them. */
export function withChanges(half: RulesHalf, changes: readonly ObjectChange[]): RulesHalf | undefined {
  const next: Record<string, unknown> = structuredClone(half);
  for (const change of changes) {
    if (change.kind === 'unknownHosts') {
      if (half.unknownHosts !== change.before) return undefined;
      next.unknownHosts = change.after;
      continue;
    }
    const objects = byIdentity(change.kind, next as RulesHalf);
    if (!isDeepStrictEqual(objects.get(change.identity), change.before)) return undefined;
    if (change.after === undefined) objects.delete(change.identity);
    else objects.set(change.identity, change.after);
    next[change.kind] = [...objects.values()];
  }
  return next as RulesHalf;
}

/** A stored document as objects; one that this release would refuse as far as it has lists of them. */
export function documentOf(stored: unknown): RulesHalf {
  const parsed = parseHalf(stored);
  return parsed.ok ? parsed.half : (stored as RulesHalf);
}

/** What of the object changed, field by field; secrets only with `showsSecrets`. */
export function fieldChanges(change: ObjectChange, showsSecrets: boolean): readonly FieldChange[] {
  const { kind, identity, before, after } = change;
  const found = differences(before, after, []);
  return found.map(({ steps, before, after }) => ({
    path: `${kind}${kind === 'unknownHosts' ? '' : `[${identity}]`}${steps.map(stepText).join('')}`,
    before: (showsSecrets ? before : hideSecrets(before, steps)) ?? null,
    after: (showsSecrets ? after : hideSecrets(after, steps)) ?? null,
  }));
}

type Steps = readonly (string | number)[];
type Difference = { readonly steps: Steps; readonly before: unknown; readonly after: unknown };

function differences(before: unknown, after: unknown, steps: Steps): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => differences(before[name], after[name], [...steps, name]));
  }
  const isList = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  if (isList && [...before, ...after].every(isObject)) {
    return before.flatMap((each, index) => differences(each, after[index], [...steps, index]));
  }
  return [{ steps, before, after }];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stepText = (step: string | number) => (typeof step === 'number' ? `[${step}]` : `.${step}`);

function byIdentity(kind: ObjectKind, half: RulesHalf): Map<string, AnyObject> {
  const objects = new Map<string, AnyObject>();
  for (const object of half[kind] ?? []) {
    const identity = identityOf(kind, object);
    let name = identity;
    for (let count = 2; objects.has(name); count++) name = `${identity} #${count}`;
    objects.set(name, object);
  }
  return objects;
}

function sides<T>(before: T | undefined, after: T | undefined): { before?: T; after?: T } {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
