import { type Resource, SERVER } from '../identity/index.ts';

/**
 * The objects of storages that steps name in their inputs, for rights: `storage` with `object` or `prefix`, and MPS's
 * `Bucket` or `bucket` with `Object` or an output's `OutputObject`, also within JSON that is carried as text. A `file` below
 * `media.roots` is the server's.
 */
export function namedObjects(value: unknown): Resource[] {
  if (typeof value === 'string') return /^\s*[[{]/.test(value) ? namedObjects(parsed(value)) : [];
  if (Array.isArray(value)) return value.flatMap(namedObjects);
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const below = Object.values(fields).flatMap(namedObjects);
  const storage = textOf(fields.storage) ?? textOf(fields.Bucket) ?? textOf(fields.bucket);
  if (storage !== undefined) return [{ kind: 'storage', storage, object: objectIn(fields) }, ...below];
  return textOf(fields.file) === undefined ? below : [SERVER, ...below];
}

/** What is not said in full is any object that begins so. */
function objectIn({ object, prefix, Object: inMps, output }: Readonly<Record<string, unknown>>): string {
  const ofOutput = (output as { readonly OutputObject?: unknown } | undefined)?.OutputObject;
  return textOf(object) ?? decoded(textOf(inMps) ?? textOf(ofOutput)) ?? `${textOf(prefix) ?? ''}*`;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** MPS has names URL-encoded; as they will be, so that none is hidden by it. */
function decoded(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return name;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
