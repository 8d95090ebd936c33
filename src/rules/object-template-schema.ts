import { z } from 'zod';

type TemplateOptions = {
  /** What follows the text: the extension that it must have, or nothing. */
  readonly extension?: string;
  readonly known: readonly string[];
  /** Each must be found, or the sentence says why not. */
  readonly needs: readonly { readonly pattern: RegExp; readonly error: string }[];
  /** Empty for none. */
  readonly mayBeEmpty?: boolean;
};

export const STREAM_VARIABLES = ['DomainName', 'AppName', 'StreamName'];

export const NEEDS_STREAM = {
  pattern: /(?=.*\{AppName\})(?=.*\{StreamName\})/,
  error: 'must have {AppName} and {StreamName}, or streams would overwrite each other',
};

/** The name of objects with ApsaraVideo's variables; nothing of it leads out of the storage's root. */
export function objectTemplate({ extension, known, needs, mayBeEmpty = false }: TemplateOptions) {
  const ending = extension === undefined ? '' : `\\.${extension}`;
  const shape = new RegExp(`^(?!.*(^|/)\\.{0,2}(/|$))[A-Za-z0-9_.{}/-]+${ending}$`);
  const kind = extension === undefined ? 'an object' : `a .${extension} object`;
  const holds = (test: (name: string) => boolean) => (name: string) => (mayBeEmpty && name === '') || test(name);
  const bare = z
    .string()
    .max(255, { error: 'must be shorter than 256 bytes' })
    .refine(
      holds((name) => shape.test(name)),
      {
        error: `must be the name of ${kind}, without spaces, .. and a slash at its beginning`,
      },
    )
    .refine((name) => (name.match(/\{\w+\}|[{}]/g) ?? []).every((each) => known.includes(each.slice(1, -1))), {
      error: `knows the variables ${known.map((name) => `{${name}}`).join(', ')} only`,
    });
  return needs.reduce(
    (schema, { pattern, error }) =>
      schema.refine(
        holds((name) => pattern.test(name)),
        { error },
      ),
    bare,
  );
}
