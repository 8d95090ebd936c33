import type { Match } from './schema.ts';

/** Whom a rule is looked up for. */
export type Subject = { readonly domain: string; readonly app: string; readonly stream: string };

/** True when `pattern` describes `text`; each `*` stands for any letters, also none, dots and slashes included. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let starText = 0;
  while (inText < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      starText = inText;
    } else if (pattern[at] === text[inText]) {
      at++;
      inText++;
    } else if (star >= 0) {
      at = star + 1;
      inText = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** How much a pattern says: exact (3), begins with letters (2), has letters elsewhere (1), `*` (0); then the letters. */
export function patternRank(pattern: string): readonly [number, number] {
  const letters = pattern.replaceAll('*', '').length;
  if (letters === pattern.length) return [3, letters];
  if (letters === 0) return [0, 0];
  return [pattern.startsWith('*') ? 1 : 2, letters];
}

/** Orders patterns from the least to the most specific; 0 for equally specific ones. */
export function comparePatterns(left: string, right: string): number {
  const [leftKind, leftLetters] = patternRank(left);
  const [rightKind, rightLetters] = patternRank(right);
  return leftKind - rightKind || leftLetters - rightLetters;
}

/** Orders matches from the least to the most specific: the domain decides, then the app, then the stream. */
export function compareMatches(left: Match, right: Match): number {
  return (
    comparePatterns(left.domain, right.domain) ||
    comparePatterns(left.app, right.app) ||
    comparePatterns(left.stream, right.stream)
  );
}

/** True when all three patterns fit; domains are compared without regard to case. */
export function matchesSubject(match: Match, subject: Subject): boolean {
  return (
    matchesPattern(match.domain.toLowerCase(), subject.domain.toLowerCase()) &&
    matchesPattern(match.app, subject.app) &&
    matchesPattern(match.stream, subject.stream)
  );
}

/** False where no stream fits both; where both have stars, true may be said too often. */
export function mayBothMatch(left: Match, right: Match): boolean {
  return (
    mayBothDescribe(left.domain.toLowerCase(), right.domain.toLowerCase()) &&
    mayBothDescribe(left.app, right.app) &&
    mayBothDescribe(left.stream, right.stream)
  );
}

function mayBothDescribe(left: string, right: string): boolean {
  if (!left.includes('*')) return matchesPattern(right, left);
  if (!right.includes('*')) return matchesPattern(left, right);
  const head = (pattern: string) => pattern.slice(0, pattern.indexOf('*'));
  const tail = (pattern: string) => pattern.slice(pattern.lastIndexOf('*') + 1);
  return (
    (head(left).startsWith(head(right)) || head(right).startsWith(head(left))) &&
    (tail(left).endsWith(tail(right)) || tail(right).endsWith(tail(left)))
  );
}

/** From the least to the most specific; of equals the later in the document comes later, and so wins. */
export function bySpecificity<T extends { readonly match: Match }>(rules: readonly T[]): T[] {
  return rules.toSorted((left, right) => compareMatches(left.match, right.match));
}
