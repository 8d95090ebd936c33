import { describe, expect, it } from 'vitest';
import { wordsIn, wordsOf, wordsWanted } from './words.ts';

describe('wordsIn', () => {
  it.each([
    ['Summer Concert 2026', ['summer', 'concert', '2026']],
    ['ＡＢＣ', ['abc']],
    ["it's l'Étoile", ['it', 's', 'l', 'étoile']],
    ['春节晚会', ['春节', '节晚', '晚会', '会']],
    ['会', ['会']],
    ['live直播-4K', ['live', '直播', '播', '4k']],
    ['', []],
    ['!?', []],
  ])('of %j are %j', (text, words) => expect(wordsIn(text)).toEqual(words));
});

describe('wordsWanted', () => {
  it.each(['春', '节', '会', '晚会', '春节', '节晚会'])('finds the part %j of an unspaced text', (part) => {
    const kept = wordsIn('春节晚会');
    expect(wordsWanted(part)).not.toEqual([]);
    for (const wanted of wordsWanted(part)) expect(kept.some((word) => word.startsWith(wanted))).toBe(true);
  });

  it('does not find what is in another order', () => {
    const kept = wordsIn('春节晚会');
    expect(wordsWanted('晚节').every((wanted) => kept.some((word) => word.startsWith(wanted)))).toBe(false);
  });
});

describe('wordsOf', () => {
  it('says from which field each is, and keeps tags whole', () => {
    const words = wordsOf({ title: 'Opening', description: 'the opening', tags: ['Big News'] });
    expect(words).toEqual(['t:opening', 'g:big', 'g:news', '#:big news', 'd:the', 'd:opening']);
  });

  it('has an end, however long the text', () => {
    const description = Array.from({ length: 9_000 }, (_, index) => `w${index}`).join(' ');
    expect(wordsOf({ title: 'x', description, tags: [] })).toHaveLength(2_000);
  });
});
