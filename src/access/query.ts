/** The first value of `name` in a raw query (with or without `?`), percent-decoded where that is possible. */
export function queryValue(query: string, name: string): string | undefined {
  for (const pair of queryPairs(query)) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (decoded(key) === name) return equals < 0 ? '' : decoded(pair.slice(equals + 1));
  }
  return undefined;
}

/** The raw query without the arguments that `drop` names; order and spelling of the others stay. */
export function withoutArgs(query: string, drop: (name: string) => boolean): string {
  const kept = queryPairs(query).filter((pair) => !drop(decoded(pair.split('=', 1)[0] ?? '')));
  return kept.join('&');
}

function queryPairs(query: string): string[] {
  const text = query.startsWith('?') ? query.slice(1) : query;
  return text.split('&').filter((pair) => pair !== '');
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
