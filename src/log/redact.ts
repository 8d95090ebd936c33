import { isSecretName, REDACTED, redactText } from './redact-text.ts';

const MAX_DEPTH = 8;
const MAX_ITEMS = 1000;

type Fields = Record<string, unknown>;

/** Flags and counts under a secret's name (`hasKey`, `keys: 3`) say nothing; all else there is taken out. */
function secretValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && /s$/i.test(name)) return value;
  return REDACTED;
}

function errorFields(error: Error, depth: number, seen: ReadonlySet<object>): Fields {
  const { name, message, stack, cause, ...rest } = error;
  const fields: Fields = { type: name, message, ...rest };
  if (stack !== undefined) fields.stack = stack;
  if (cause !== undefined) fields.cause = cause;
  if (error instanceof AggregateError) fields.errors = error.errors;
  return redactedObject(fields, depth, seen);
}

function redactedObject(object: object, depth: number, seen: ReadonlySet<object>): Fields {
  const entries = Object.entries(object).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      redactText(name),
      isSecretName(name) ? secretValue(name, value) : redacted(value, depth + 1, seen),
    ]),
  );
}

function plainForm(value: object): unknown {
  if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp) return String(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [String(key), each]));
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value) : value;
}

function redacted(value: unknown, depth: number, seen: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH || seen.has(value)) return '[deeper]';
  const path = new Set([...seen, value]);
  if (value instanceof Error) return errorFields(value, depth, path);
  const plain = plainForm(value);
  if (typeof plain !== 'object' || plain === null) return redacted(plain, depth, path);
  if (Array.isArray(plain)) return plain.slice(0, MAX_ITEMS).map((each) => redacted(each, depth + 1, path));
  return redactedObject(plain, depth, path);
}

/** A copy of the fields that may be shown to anyone: secrets out by name and by place, at any depth. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactedObject(fields, 0, new Set([fields]));
}
