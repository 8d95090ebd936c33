export { type Match, type MatchEnd, parseMatch } from './match.ts';
export { matchCondition, tagCondition, textCondition } from './match-condition.ts';
export { wordsIn, wordsOf, wordsWanted } from './words.ts';
