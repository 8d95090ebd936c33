export { inOwnWords, stateWords } from './own-words.ts';
