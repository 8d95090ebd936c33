import type { z } from 'zod';
import { nearest } from './nearest.ts';

/** One thing that is wrong with a document. Never carries a value of the document, which may be a secret. */
export type SchemaProblem = {
  /** Where: `domains[0].push.auth`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** For an unknown key: the known key that it resembles most. */
  readonly nearest?: string;
};

type Issue = z.core.$ZodIssue;
type Key = PropertyKey;

/** `['a', 0, 'b']` as `a[0].b`. */
export function pathText(path: readonly Key[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = (schema as z.ZodType).def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  const inner = def.innerType ?? def.in;
  return inner === undefined ? schema : unwrap(inner);
}

function childrenAt(schema: z.core.$ZodType, key: Key): z.core.$ZodType[] {
  const def = (unwrap(schema) as z.ZodType).def as {
    type: string;
    shape?: Record<string, z.core.$ZodType>;
    element?: z.core.$ZodType;
    options?: z.core.$ZodType[];
  };
  if (def.options !== undefined) return def.options.flatMap((option) => childrenAt(option, key));
  if (def.element !== undefined) return typeof key === 'number' ? [def.element] : [];
  const child = Object.hasOwn(def.shape ?? {}, key) ? def.shape?.[String(key)] : undefined;
  return child === undefined ? [] : [child];
}

function keysOf(schema: z.core.$ZodType): string[] {
  const def = (unwrap(schema) as z.ZodType).def as { shape?: object; options?: z.core.$ZodType[] };
  if (def.options !== undefined) return def.options.flatMap(keysOf);
  return Object.keys(def.shape ?? {});
}

/** The keys that `schema` knows at `path`. */
export function knownKeys(schema: z.core.$ZodType, path: readonly Key[]): string[] {
  let here = [schema];
  for (const key of path) here = here.flatMap((each) => childrenAt(each, key));
  return [...new Set(here.flatMap(keysOf))];
}

function unknownKey(schema: z.core.$ZodType, path: readonly Key[], key: string): SchemaProblem {
  const known = knownKeys(schema, path);
  const near = nearest(key, known);
  const remedy =
    near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${near}? Otherwise remove it`;
  const problem = { path: pathText([...path, key]), message: `unknown key; ${remedy}` };
  return near === undefined ? problem : { ...problem, nearest: near };
}

/** A choice of another kind, such as a word where an object was meant, is none at all. */
const ANOTHER_KIND = 1000;

const unfitness = (issues: readonly Issue[]) =>
  issues.length +
  issues.filter((issue) => issue.code === 'unrecognized_keys').length +
  issues.filter(({ code, path }) => path.length === 0 && /^invalid_(type|value)$/.test(code)).length * ANOTHER_KIND;

function problemsOf(schema: z.core.$ZodType, issue: Issue, base: readonly Key[]): SchemaProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, path, key));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, each) => (unfitness(each) < unfitness(best) ? each : best));
    const isAboutChildren = closest.some(({ code, path: at }) => at.length > 0 || code === 'unrecognized_keys');
    if (!isAboutChildren) return [{ path: pathText(path), message: issue.message }];
    return closest.flatMap((inner) => problemsOf(schema, inner, path));
  }
  return [{ path: pathText(path), message: issue.message }];
}

/** Everything that a failed parse of `schema` complained about, in the document's order. */
export function schemaProblems(schema: z.core.$ZodType, error: z.core.$ZodError): SchemaProblem[] {
  return error.issues.flatMap((issue) => problemsOf(schema, issue, []));
}
