import type { RecordingEntry, RecordingFormat } from '../../answers/answer-types.ts';
import { clockWords, locale } from '../../kit/times.ts';
import { recordingsWords } from './words.ts';

export const FORMAT_NAMES: Readonly<Record<RecordingFormat, string>> = {
  mp4: 'MP4',
  flv: 'FLV',
  m3u8: 'HLS',
  cmaf: 'HLS (CMAF)',
};

export type RecordingDay = { readonly words: string; readonly recordings: readonly RecordingEntry[] };

/** By the day on which each began, in their order. */
export function byDay(recordings: readonly RecordingEntry[], nowMs: number): RecordingDay[] {
  const days = new Map<string, RecordingEntry[]>();
  for (const recording of recordings) {
    const key = dayWords(recording.startedAtMs, nowMs);
    const day = days.get(key);
    if (day) day.push(recording);
    else days.set(key, [recording]);
  }
  return [...days].map(([words, of]) => ({ words, recordings: of }));
}

/** `Today`, `Yesterday`, `Wednesday 25 November`, of another year `Sunday 30 November 2025`. */
export function dayWords(atMs: number, nowMs: number): string {
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  const [day, today] = [new Date(atMs), new Date(nowMs)];
  if (day.toDateString() === today.toDateString()) return recordingsWords().today;
  if (day.toDateString() === yesterday.toDateString()) return recordingsWords().yesterday;
  const isThisYear = day.getFullYear() === today.getFullYear();
  const format = new Intl.DateTimeFormat(locale(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(!isThisYear && { year: 'numeric' }),
  });
  // Browsers are of two minds about a comma.
  return format.format(day).replace(',', '');
}

/** `14:05:12 – 15:05:10`; what ends on a later day says so. */
export function timeWords({ startedAtMs, endedAtMs }: RecordingEntry): string {
  const isSameDay = new Date(startedAtMs).toDateString() === new Date(endedAtMs).toDateString();
  const end = clockWords(endedAtMs);
  return `${clockWords(startedAtMs)} – ${isSameDay ? end : recordingsWords().nextDay(end)}`;
}

/** The last part of the object's name: what a browser calls the download. */
export function fileNameOf({ object, stream }: RecordingEntry): string {
  return object.split('/').at(-1) || stream;
}
