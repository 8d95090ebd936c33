/** What an action is done to. What belongs to no domain, storage, pipeline or category belongs to the server. */
export type Resource =
  | { readonly kind: 'server' }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'app'; readonly domain: string; readonly app: string }
  | { readonly kind: 'storage'; readonly storage: string; readonly object: string }
  | { readonly kind: 'pipeline'; readonly pipeline: string }
  /** `above` are the categories that it is within, as a pattern for one of those has it, too. */
  | { readonly kind: 'category'; readonly category: string; readonly above?: readonly string[] };

export const SERVER: Resource = { kind: 'server' };

/** The form of a pattern of resources, as a sentence for whoever wrote another. */
export const RESOURCE_FORMS =
  'write *, server, domain/<domain>, app/<domain>/<app>, storage/<name>/<prefix>*, pipeline/<name> or category/<name>; * stands for any characters';

const FORM = /^(\*|server|(domain|pipeline|category)\/[^/]+|app\/[^/]+\/.+|storage\/[^/]+\/.+)$/;

/** Whether this is a pattern of resources: `app/play.example.com/*`, `storage/archive/2026/*`, `*`. */
export function isResourcePattern(text: string): boolean {
  return FORM.test(text);
}

/** Whether the pattern has the resource. A domain's pattern has its apps, too. */
export function resourceMatches(pattern: string, resource: Resource): boolean {
  return namesOf(resource).some((name) => nameMatches(pattern, name));
}

/** Whether `wide` has all that `narrow`, itself a pattern, has. Sometimes says no where it is so, never the reverse. */
export function resourceCovers(wide: string, narrow: string): boolean {
  // An asterisk of the narrow one is a character that only an asterisk of the wide one takes in.
  const app = /^app\/([^/*]+)\//.exec(narrow);
  return nameMatches(wide, narrow) || (app !== null && nameMatches(wide, `domain/${app[1]}`));
}

/** A resource as the audit log and people name it: `app/play.example.com/live`. */
export function resourceName(resource: Resource): string {
  return namesOf(resource)[0] ?? '';
}

/** As which names a resource is looked for. An asterisk in a name of somebody's own is no pattern, and stays one character. */
function namesOf(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case 'server':
      return ['server'];
    case 'domain':
      return [`domain/${resource.domain}`];
    case 'app':
      return [`app/${resource.domain}/${resource.app}`, `domain/${resource.domain}`];
    case 'storage':
      return [`storage/${resource.storage}/${resource.object}`];
    case 'pipeline':
      return [`pipeline/${resource.pipeline}`];
    case 'category':
      return [resource.category, ...(resource.above ?? [])].map((category) => `category/${category}`);
  }
}

/** Asterisks without backtracking, so that no pattern takes long: each piece is looked for behind the one before. */
function nameMatches(pattern: string, name: string): boolean {
  const [first = '', ...pieces] = pattern.split('*');
  if (pieces.length === 0) return first === name;
  const last = pieces.pop() ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of pieces) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
