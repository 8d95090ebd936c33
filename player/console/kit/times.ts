import { language } from './language.ts';

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 minutes ago`, `in 2 days`; below ten seconds `now`. */
export function agoWords(atMs: number, nowMs: number): string {
  const seconds = (atMs - nowMs) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const [unit, size] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return format.format(Math.abs(seconds) < 10 ? 0 : Math.trunc(seconds / size), unit);
}

/** Day and time to the second, in the reader's own time zone. */
export function momentWords(atMs: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(atMs);
}

/** `14:05:12`. */
export function clockWords(atMs: number): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(atMs);
}

/** What `Intl` calls the language: British English has days before months and no AM. */
export function locale(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en-GB';
}

/** The value that a `datetime-local` field has for a moment. */
export function localInputOf(atMs: number): string {
  const date = new Date(atMs);
  return new Date(atMs - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
