/** The API answered something that isn't what its contract says. */
export class AnswerError extends Error {
  readonly code = 'UNEXPECTED_ANSWER';
}

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value);
}

/** Only http(s) may become a link: a stream's name is a stranger's word. */
export function webUrl(value: unknown): string | undefined {
  const url = text(value);
  return url !== undefined && /^(https?:\/\/|\/(?!\/))/.test(url) ? url : undefined;
}

export function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}
