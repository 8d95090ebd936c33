import type { Finding } from '../answers/answer-types.ts';
import { language } from '../kit/language.ts';
import { ALARMS_ZH } from './alarms-zh.ts';
import { DOMAIN_CHECK_ZH } from './domain-check-zh.ts';
import { HEALTH_ZH } from './health-zh.ts';
import { inChinese } from './in-chinese.ts';
import { POSTURE_ZH } from './posture-zh.ts';
import { PROBLEMS_ZH } from './problems-zh.ts';
import { REFUSALS_ZH, VERDICTS_ZH } from './refusals-zh.ts';
import { STATES_ZH } from './states-zh.ts';

const TABLES = [POSTURE_ZH, HEALTH_ZH, DOMAIN_CHECK_ZH, VERDICTS_ZH, PROBLEMS_ZH, REFUSALS_ZH];

/** What the server found, in the language of the console; in English where it knows no other words. */
export function inOwnWords<F extends Finding>(finding: F): F {
  return language.value === 'zh' ? (inChinese(finding, TABLES) ?? finding) : finding;
}

/** What an alarm's code means, in the language of the console; `title` is what the server says. */
export function alarmTitle(code: string, title: string): string {
  const words: Readonly<Record<string, string>> = ALARMS_ZH;
  return language.value === 'zh' && Object.hasOwn(words, code) ? (words[code] ?? title) : title;
}

/** A state as the server says it, in the language of the console where it has a word. */
export function stateWords(state: string): string {
  const words: Readonly<Record<string, string>> = STATES_ZH;
  return language.value === 'zh' && Object.hasOwn(words, state) ? (words[state] ?? state) : state;
}
