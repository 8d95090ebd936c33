/** What the server says of one field, by its place: `play.auth.key1`, `ingest[0]`. */
export type FieldError = { readonly path: string; readonly message: string };

/** The errors of one member, with their places below it. */
export function errorsBelow(errors: readonly FieldError[], name: string | number): readonly FieldError[] {
  const text = String(name);
  return errors.flatMap(({ path, message }) => {
    for (const head of [text, `[${text}]`]) {
      if (path === head) return [{ path: '', message }];
      if (path.startsWith(`${head}.`)) return [{ path: path.slice(head.length + 1), message }];
      if (path.startsWith(`${head}[`)) return [{ path: path.slice(head.length), message }];
    }
    return [];
  });
}

/** The words for the field itself. */
export function ownError(errors: readonly FieldError[]): string | undefined {
  return errors.find(({ path }) => path === '')?.message;
}
