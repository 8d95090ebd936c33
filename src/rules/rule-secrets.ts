/** Stands where a secret is that the reader may not see; sent back, it keeps the secret that is stored. */
export const HIDDEN = 'hidden_by_permission';

/** The same where a URL must stand. */
export const HIDDEN_URL = `https://${HIDDEN}.invalid/`;

type Path = readonly (string | number)[];

const SECRET_NAMES: ReadonlySet<unknown> = new Set(['key', 'key1', 'key2', 'password']);

/** Keys by their names; the URL of a server that decides, or that a stream is fetched from, may carry what it knows us by. */
export function isSecretPlace(path: Path): boolean {
  const name = path.at(-1);
  return SECRET_NAMES.has(name) || (name === 'url' && (path.at(-2) === 'remoteAuth' || path.at(-3) === 'sources'));
}

/** The same with each secret replaced by what `change` makes of it; `path` begins at the value. */
export function mapSecrets<T>(value: T, change: (secret: string, path: Path) => unknown, path: Path = []): T {
  if (typeof value === 'string') return (isSecretPlace(path) ? change(value, path) : value) as T;
  if (Array.isArray(value)) return value.map((each, index) => mapSecrets(each, change, [...path, index])) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapSecrets(each, change, [...path, name])]),
  ) as T;
}

/** Every secret of a document, or of a part of it that begins at an object; also of one that is no longer valid. */
export function secretsOf(document: unknown): readonly string[] {
  const found = new Set<string>();
  mapSecrets(document, (secret) => found.add(secret));
  return [...found];
}

/** For readers without the permission for keys. `path` is where the value stands. */
export function hideSecrets<T>(value: T, path: Path = []): T {
  return mapSecrets(value, (_secret, at) => (at.at(-1) === 'url' ? HIDDEN_URL : HIDDEN), path);
}

export type Restored<T> = {
  readonly value: T;
  /** Where a secret was to be kept and there is none. */
  readonly missing: readonly Path[];
};

/** Puts the stored secrets of the same object where they were hidden. */
export function restoreSecrets<T>(value: T, stored: unknown): Restored<T> {
  const missing: Path[] = [];
  const restored = mapSecrets(value, (secret, path) => {
    if (secret !== HIDDEN && secret !== HIDDEN_URL) return secret;
    const kept = goesElsewhere(value, stored, path) ? undefined : storedAt(value, stored, path);
    if (kept === undefined) missing.push(path);
    return kept ?? secret;
  });
  return { value: restored, missing };
}

/** A key that is sent along goes to no other place than the one it was given for. */
function goesElsewhere(value: unknown, stored: unknown, path: Path): boolean {
  if (path.at(-1) !== 'key' || path.at(-3) !== 'destinations') return false;
  const place = [...path.slice(0, -1), 'url'];
  const given = place.reduce<unknown>(childOf, value);
  return given !== storedAt(value, stored, place);
}

/** Entries of lists are the same by their names, wherever they stand. */
function storedAt(value: unknown, stored: unknown, [step, ...rest]: Path): string | undefined {
  if (step === undefined) return typeof stored === 'string' ? stored : undefined;
  const given = childOf(value, step);
  if (!Array.isArray(stored)) return storedAt(given, childOf(stored, step), rest);
  const name = childOf(given, 'name');
  const same = name === undefined ? stored[Number(step)] : stored.find((each) => childOf(each, 'name') === name);
  return storedAt(given, same, rest);
}

function childOf(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
}
