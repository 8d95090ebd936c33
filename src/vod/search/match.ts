import { LibraryError } from '../base/index.ts';

/** A match expression as it was written. */
export type Match =
  | { readonly kind: 'equals'; readonly field: string; readonly values: readonly string[] }
  | { readonly kind: 'range'; readonly field: string; readonly from?: MatchEnd; readonly to?: MatchEnd }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Match[] };

/** One end of a range; an open one is not in it. */
export type MatchEnd = { readonly value: string; readonly isOpen: boolean };

type Token = { readonly kind: 'word' | 'text' | 'sign'; readonly value: string; readonly at: number };

const MAX_LENGTH = 4_096;
const MAX_DEPTH = 16;
const TOKEN = /\s*(?:'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.|"")*)"|([=[\](),])|([^\s=[\](),'"]+))/y;
const FORMS = "Write field = value, field in ('a','b') or field = [from,to), joined by and, or and brackets.";

/**
 * Reads `Title = 'final' and (CateId in (1, 2) or Size = [1000, 2000))`; `and` binds closer than `or`. A value is bare or
 * in quotes; an end of a range left out is no bound. Throws MATCH_MALFORMED, with the place.
 */
export function parseMatch(text: string): Match {
  if (text.length > MAX_LENGTH) throw malformed(`it is longer than ${MAX_LENGTH} characters`);
  const reader = new MatchReader(tokensOf(text));
  const match = reader.anyOf(0);
  reader.end();
  return match;
}

class MatchReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  anyOf(depth: number): Match {
    if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} brackets lie in each other`);
    return this.#joined('or', () => this.#joined('and', () => this.#term(depth)));
  }

  end(): void {
    const rest = this.#tokens[this.#next];
    if (rest) throw malformed(`${JSON.stringify(rest.value)} at ${rest.at + 1} is not expected there`);
  }

  #joined(word: 'and' | 'or', part: () => Match): Match {
    const parts = [part()];
    while (this.#takeWord(word)) parts.push(part());
    const [first] = parts;
    return parts.length === 1 && first ? first : { kind: word, of: parts };
  }

  #term(depth: number): Match {
    if (this.#takeSign('(')) {
      const inner = this.anyOf(depth + 1);
      this.#must(')');
      return inner;
    }
    const field = this.#take('word', 'a field');
    if (this.#takeWord('in')) {
      this.#must('(');
      const values = [this.#value()];
      while (this.#takeSign(',')) values.push(this.#value());
      this.#must(')');
      return { kind: 'equals', field, values };
    }
    this.#must('=');
    const opened = this.#takeSign('[') ?? this.#takeSign('(');
    return opened === undefined ? { kind: 'equals', field, values: [this.#value()] } : this.#range(field, opened);
  }

  #range(field: string, opened: string): Match {
    const from = this.#isSign(',') ? undefined : { value: this.#value(), isOpen: opened === '(' };
    this.#must(',');
    const to = this.#isSign(')') || this.#isSign(']') ? undefined : this.#value();
    const closed = this.#takeSign(']') ?? this.#must(')');
    return {
      ...{ kind: 'range', field },
      ...(from && { from }),
      ...(to !== undefined && { to: { value: to, isOpen: closed === ')' } }),
    };
  }

  #value(): string {
    const token = this.#tokens[this.#next];
    return this.#take(token?.kind === 'text' ? 'text' : 'word', 'a value');
  }

  #take(kind: Token['kind'], what: string): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw expected(what, token);
    this.#next++;
    return token.value;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#next];
    const isThere = token?.kind === 'word' && token.value.toLowerCase() === word;
    if (isThere) this.#next++;
    return isThere;
  }

  #isSign(sign: string): boolean {
    const token = this.#tokens[this.#next];
    return token?.kind === 'sign' && token.value === sign;
  }

  #takeSign(sign: string): string | undefined {
    if (!this.#isSign(sign)) return undefined;
    this.#next++;
    return sign;
  }

  #must(sign: string): string {
    return this.#takeSign(sign) ?? fail(expected(JSON.stringify(sign), this.#tokens[this.#next]));
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const whole = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < whole.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(whole);
    if (found === null) throw malformed(`a quote at ${whole.slice(from).search(/\S/) + from + 1} is not closed`);
    const [, single, double, sign, word] = found;
    const at = TOKEN.lastIndex - found[0].trimStart().length;
    const quoted = single ?? double;
    if (quoted !== undefined)
      tokens.push({ kind: 'text', value: unquoted(quoted, single === undefined ? '"' : "'"), at });
    else tokens.push({ kind: sign === undefined ? 'word' : 'sign', value: sign ?? word ?? '', at });
  }
  return tokens;
}

function unquoted(text: string, quote: string): string {
  return text.replaceAll(quote + quote, quote).replace(/\\(.)/gs, '$1');
}

function expected(what: string, token: Token | undefined): LibraryError {
  const found = token === undefined ? 'it ends there' : `there is ${JSON.stringify(token.value)} at ${token.at + 1}`;
  return malformed(`${what} is expected, but ${found}`);
}

/** An expression that cannot be read, or names what there is not. */
export function malformed(why: string, remedy = FORMS): LibraryError {
  return new LibraryError('MATCH_MALFORMED', `the match expression cannot be used: ${why}`, remedy);
}

function fail(error: Error): never {
  throw error;
}
