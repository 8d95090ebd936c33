export { folded, WHOLE_TAG, WORD_FIELDS, wordsIn, wordsOf, wordsWanted } from './words.ts';
