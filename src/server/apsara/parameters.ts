import { ApsaraError } from './base/index.ts';

/** What was sent, by name: texts, lists, and objects in lists. */
export type Parameters = { [name: string]: Parameter };
export type Parameter = string | Parameters | Parameter[];

const MAX_ITEMS = 1000;
const MAX_DEPTH = 6;

/** Before anybody is known; sorting and signing very many would cost more than asking. */
const MOST_PARAMETERS = 2000;

/**
 * Query and body in one, each name once (a second one of a name is left out, in the body as in the query).
 * The body is a form or nothing.
 */
export function mergedParameters(query: string, body: string): Map<string, string> {
  const merged = new Map<string, string>();
  for (const text of [query, body]) {
    for (const [name, value] of new URLSearchParams(text)) if (!merged.has(name)) merged.set(name, value);
  }
  if (merged.size > MOST_PARAMETERS) {
    throw new ApsaraError(400, 'InvalidParameter', `There are more than ${MOST_PARAMETERS} parameters.`);
  }
  return merged;
}

/** `RecordFormat.1.Format=m3u8` as `{ RecordFormat: [{ Format: 'm3u8' }] }`; lists count from 1. */
export function unflattened(flat: ReadonlyMap<string, string>): Parameters {
  const root = new Map<string, Node>();
  for (const [name, value] of flat) put(root, name.split('.'), value, name);
  return Object.fromEntries([...root].map(([name, node]) => [name, parameterOf(node)]));
}

type Node = { value?: string; readonly children: Map<string, Node> };

function put(
  nodes: Map<string, Node>,
  [step = '', ...rest]: readonly string[],
  value: string,
  name: string,
  depth = 1,
): void {
  if (depth > MAX_DEPTH || nodes.size > MAX_ITEMS)
    throw new ApsaraError(400, 'InvalidParameter', `The parameter "${name}" is one too many.`);
  const node = nodes.get(step) ?? { children: new Map<string, Node>() };
  nodes.set(step, node);
  if (rest.length === 0) node.value ??= value;
  else put(node.children, rest, value, name, depth + 1);
}

function parameterOf({ value, children }: Node): Parameter {
  if (children.size === 0) return value ?? '';
  const entries = [...children];
  if (!entries.every(([step]) => /^[1-9]\d{0,4}$/.test(step))) {
    return Object.fromEntries(entries.map(([step, child]) => [step, parameterOf(child)]));
  }
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => parameterOf(child));
}
