import { z } from 'zod';
import type { RuleError } from './compile.ts';
import type { ObjectKind, Origin } from './compiled-rules.ts';
import { identityOf, OBJECT_KINDS } from './identity.ts';
import { problemWords } from './problem-words.ts';
import { type Rules, rulesSchema } from './schema.ts';
import { schemaProblems } from './schema-problems.ts';

const shape = rulesSchema.shape;

/** As the rules, but what is left out is left to the other half: no default domain comes from here. */
export const halfSchema = z.strictObject({
  ...shape,
  domains: shape.domains.unwrap().optional(),
  unknownHosts: shape.unknownHosts.unwrap().optional(),
});

/** One of the two documents that the rules are made of: the rules file's, or the one changed through the API. */
export type RulesHalf = z.output<typeof halfSchema>;

export const EMPTY_HALF: RulesHalf = halfSchema.parse({});

export type HalfResult =
  | { readonly ok: true; readonly half: RulesHalf }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

/** Parses one document by itself, so that errors name places in it. */
export function parseHalf(input: unknown): HalfResult {
  const parsed = halfSchema.safeParse(input, { error: problemWords });
  if (parsed.success) return { ok: true, half: parsed.data };
  return { ok: false, errors: schemaProblems(halfSchema, parsed.error) };
}

/** An object of the API's document that is hidden by the rules file's object of the same identity. */
export type ShadowedObject = { readonly kind: ObjectKind; readonly identity: string };

export type MergedHalves = {
  /** A whole document, for `compileRules`. */
  readonly document: unknown;
  readonly originOf: (kind: ObjectKind, identity: string) => Origin;
  readonly shadowed: readonly ShadowedObject[];
  /** Where an entry of the document's lists stands in its half. */
  readonly placeOf: (kind: ObjectKind, index: number) => { readonly origin: Origin; readonly index: number };
};

const objects = (half: RulesHalf, kind: ObjectKind): Rules[ObjectKind][number][] => half[kind] ?? [];

/** Both halves' objects, the file's last; where both have one of the same identity, only the file's. */
export function mergeHalves(api: RulesHalf, file: RulesHalf): MergedHalves {
  const identities = (kind: ObjectKind) => new Set(objects(file, kind).map((object) => identityOf(kind, object)));
  const fromFile = new Map(OBJECT_KINDS.map((kind) => [kind, identities(kind)]));
  const shadowed: ShadowedObject[] = [];
  const keptOf = new Map<ObjectKind, readonly number[]>();
  const lists = OBJECT_KINDS.map((kind) => {
    const all = objects(api, kind);
    const kept = [...all.keys()].filter((index) => {
      const identity = identityOf(kind, all[index] as Rules[ObjectKind][number]);
      const hidden = fromFile.get(kind)?.has(identity) ?? false;
      if (hidden) shadowed.push({ kind, identity });
      return !hidden;
    });
    keptOf.set(kind, kept);
    return [kind, [...kept.map((index) => all[index]), ...objects(file, kind)]] as const;
  });
  const document: Record<string, unknown> = { ...Object.fromEntries(lists) };
  if (api.domains === undefined && file.domains === undefined) delete document.domains;
  const unknownHosts = file.unknownHosts ?? api.unknownHosts;
  if (unknownHosts !== undefined) document.unknownHosts = unknownHosts;
  return {
    document,
    originOf: (kind, identity) => (fromFile.get(kind)?.has(identity) ? 'file' : 'api'),
    shadowed,
    placeOf(kind, index) {
      const kept = keptOf.get(kind) ?? [];
      const own = kept[index];
      return own === undefined ? { origin: 'file', index: index - kept.length } : { origin: 'api', index: own };
    },
  };
}
