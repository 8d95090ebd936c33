import { MalformedError } from '../bytes/index.ts';

const MAX_CHARACTERS = 16 * 1024 * 1024;

/** A type while it is being filled in. */
export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The lines after EXTM3U that are not blank; throws MalformedError for a text that is no playlist or past 16 Mi characters. */
export function playlistLines(text: string): readonly string[] {
  if (text.length > MAX_CHARACTERS) throw new MalformedError('TOO_LARGE', 'playlist', `${text.length} characters`);
  const [first, ...lines] = text.split(/\r?\n/);
  if (first?.trimEnd() !== '#EXTM3U') throw new MalformedError('BAD_VALUE', 'playlist', 'does not begin with EXTM3U');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** A tag line as its name without `#` and what follows the colon. */
export function splitTag(line: string): { readonly tag: string; readonly value: string } {
  const colon = line.indexOf(':');
  return colon < 0 ? { tag: line.slice(1), value: '' } : { tag: line.slice(1, colon), value: line.slice(colon + 1) };
}
