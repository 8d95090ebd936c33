/** Which field a word is from, as one letter before it. */
export const WORD_FIELDS = { title: 't', tag: 'g', description: 'd' } as const;

/** A whole tag, to be found exactly. */
export const WHOLE_TAG = '#';

const MAX_WORDS = 2_000;
const MAX_LENGTH = 64;
const UNSPACED = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}ー々]';
const PIECES = new RegExp(`${UNSPACED}+|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])+`, 'gu');
const BEGINS_UNSPACED = new RegExp(`^${UNSPACED}`, 'u');

/** All that an asset is found by. */
export function wordsOf(asset: {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}): string[] {
  const words = new Set<string>();
  const add = (letter: string, text: string) => {
    for (const word of wordsIn(text)) if (words.size < MAX_WORDS) words.add(`${letter}:${word}`);
  };
  add(WORD_FIELDS.title, asset.title);
  for (const tag of asset.tags) {
    add(WORD_FIELDS.tag, tag);
    words.add(`${WHOLE_TAG}:${folded(tag).slice(0, MAX_LENGTH)}`);
  }
  add(WORD_FIELDS.description, asset.description);
  return [...words];
}

/**
 * The words of a text in one case. Scripts that do not put blanks between words become pairs of characters, and the last
 * one alone, so that any part of them is found.
 */
export function wordsIn(text: string): string[] {
  return pieces(text).flatMap((piece) => {
    if (!BEGINS_UNSPACED.test(piece)) return [piece.slice(0, MAX_LENGTH)];
    const characters = [...piece];
    return [...pairs(characters), ...characters.slice(-1)];
  });
}

/** What a search for a text asks for: every one of these must begin a word. */
export function wordsWanted(text: string): string[] {
  return pieces(text).flatMap((piece) => {
    if (!BEGINS_UNSPACED.test(piece)) return [piece.slice(0, MAX_LENGTH)];
    const characters = [...piece];
    return characters.length === 1 ? characters : pairs(characters);
  });
}

/** Upper and lower case, full and half width, alike. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

function pieces(text: string): string[] {
  return folded(text).match(PIECES) ?? [];
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((second, index) => `${characters[index]}${second}`);
}
