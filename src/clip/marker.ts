/** A moment of a stream that somebody gave a name; a chapter begins there. */
export type Marker = {
  /** Unique, and fit for URLs. */
  readonly id: string;
  readonly atWallMs: number;
  /** One line; may be empty. */
  readonly name: string;
  /** Who or what set it: `api`, `hotkey`, `cue_point` or an account's name. */
  readonly by: string;
};

const MAX_NAME = 200;
const MAX_BY = 100;

export function markerName(text: string): string {
  return oneLine(text, MAX_NAME);
}

export function markerBy(text: string): string {
  return oneLine(text, MAX_BY);
}

/** Names come from encoders and strangers: no control characters, no lone surrogates, and an end. */
function oneLine(text: string, maxCharacters: number): string {
  // Cut before the characters are counted: a text of megabytes is not looked at in whole.
  const clean = text
    .slice(0, maxCharacters * 4)
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return [...clean].slice(0, maxCharacters).join('').trim();
}
