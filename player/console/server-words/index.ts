export { alarmTitle, inOwnWords, stateWords } from './own-words.ts';
