import { kitWords } from './words.ts';

/** Something wrong in a text, with its place; lines and columns are counted from 1. */
export type Flaw = {
  readonly line: number;
  readonly column: number;
  /** What it is a flaw of, such as `steps[0].action`. */
  readonly key?: string;
  readonly message: string;
};

/** Where a text stops being JSON; undefined where it is. Browsers do not say it always, nor alike. */
export function jsonFlaw(text: string): Flaw | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const before = text.slice(0, wrongAt(text)).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: kitWords().notJson };
  }
}

const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const ATOM = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

class NotJson extends Error {
  readonly at: number;

  constructor(at: number) {
    super('not JSON');
    this.at = at;
  }
}

/** The first place that no JSON can have. */
function wrongAt(text: string): number {
  try {
    return afterSpace(text, afterValue(text, 0));
  } catch (error) {
    if (error instanceof NotJson) return error.at;
    throw error;
  }
}

function afterValue(text: string, from: number): number {
  const at = afterSpace(text, from);
  if (text[at] === '{')
    return afterItems(text, at, '}', (item) => afterValue(text, after(text, afterName(text, item), ':')));
  if (text[at] === '[') return afterItems(text, at, ']', (item) => afterValue(text, item));
  return match(STRING, text, at) ?? match(ATOM, text, at) ?? fail(at);
}

function afterItems(text: string, from: number, end: string, afterItem: (at: number) => number): number {
  let at = afterSpace(text, from + 1);
  if (text[at] === end) return at + 1;
  for (;;) {
    at = afterSpace(text, afterItem(at));
    if (text[at] === end) return at + 1;
    at = after(text, at, ',');
  }
}

function afterName(text: string, from: number): number {
  const at = afterSpace(text, from);
  return match(STRING, text, at) ?? fail(at);
}

function after(text: string, from: number, sign: string): number {
  const at = afterSpace(text, from);
  return text[at] === sign ? at + 1 : fail(at);
}

const afterSpace = (text: string, at: number): number => match(SPACE, text, at) ?? at;

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function fail(at: number): never {
  throw new NotJson(at);
}
