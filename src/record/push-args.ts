const PREFIX = 'callback_';
/** Of names and values together: they are in every callback and in the journal. */
const MAX_CHARACTERS = 8192;

/** A publisher's arguments that begin with `callback_`, for the callbacks of his recordings; the first of each name. */
export function pushArgsOf(query: string): Readonly<Record<string, string>> {
  const args = new Map<string, string>();
  let characters = 0;
  for (const pair of query.replace(/^\?/, '').split('&')) {
    const [rawName = '', ...rest] = pair.split('=');
    const [name, value] = [decoded(rawName), decoded(rest.join('='))];
    if (!name.startsWith(PREFIX) || args.has(name)) continue;
    characters += name.length + value.length;
    if (characters > MAX_CHARACTERS) break;
    args.set(name, value);
  }
  return Object.fromEntries(args);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
