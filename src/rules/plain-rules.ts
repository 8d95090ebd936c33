import { isDeepStrictEqual } from 'node:util';
import { OBJECT_KINDS } from './identity.ts';
import { EMPTY_HALF, halfSchema, type RulesHalf } from './rules-half.ts';

/** A document as a person would write it: without what is so in any case, and without empty lists. */
export function plainRules(half: RulesHalf): Record<string, unknown> {
  const kinds = OBJECT_KINDS.flatMap((kind) => {
    const list = half[kind];
    if (list === undefined || isDeepStrictEqual(list, EMPTY_HALF[kind])) return [];
    return [[kind, list.map((object) => plainObject(kind, object))] as const];
  });
  const { unknownHosts } = half;
  return { ...Object.fromEntries(kinds), ...(unknownHosts === undefined ? {} : { unknownHosts }) };
}

/** Leaves out each value without which the object would be the same. */
function plainObject(kind: (typeof OBJECT_KINDS)[number], object: object): unknown {
  const isSame = (candidate: unknown) => {
    const parsed = halfSchema.safeParse({ [kind]: [candidate] });
    return parsed.success && isDeepStrictEqual(parsed.data[kind]?.[0], object);
  };
  const root = { value: structuredClone(object) as unknown };
  prune(root, 'value', () => isSame(root.value));
  return root.value;
}

function prune(parent: Record<string, unknown>, name: string, isSame: () => boolean): void {
  const value = parent[name];
  if (typeof value !== 'object' || value === null) return;
  const children = value as Record<string, unknown>;
  for (const child of Object.keys(children)) {
    const kept = children[child];
    if (!Array.isArray(value)) delete children[child];
    if (!Array.isArray(value) && isSame()) continue;
    children[child] = kept;
    prune(children, child, isSame);
  }
}
