import type { Span } from './kept-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What can be chosen for a bar to show; undefined is all. */
const ZOOMS: readonly (readonly [lengthMs: number, words: string])[] = [
  [30 * MINUTE_MS, '30 min'],
  [6 * HOUR_MS, '6 h'],
  [DAY_MS, '24 h'],
];

export type Zoom = { readonly lengthMs: number | undefined; readonly words: string };

/** Those that show less than all, and all; none where all is short. */
export function zoomsFor(lengthMs: number): readonly Zoom[] {
  const shorter = ZOOMS.filter(([zoomMs]) => zoomMs < lengthMs).map(([zoomMs, words]) => ({ lengthMs: zoomMs, words }));
  return shorter.length === 0 ? [] : [...shorter, { lengthMs: undefined, words: 'All' }];
}

/** How far behind the newest: `Live`, `−0:12`, `−1:02:03`, `−2 d 3 h`. */
export function behindWords(behindMs: number): string {
  const seconds = Math.round(behindMs / 1000);
  if (seconds < 1) return 'Live';
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  if (days > 0) return hours > 0 ? `−${days} d ${hours} h` : `−${days} d`;
  const two = (value: number) => String(value).padStart(2, '0');
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, two(seconds % 60)];
  return hours > 0 ? `−${hours}:${two(minutes)}:${rest}` : `−${minutes}:${rest}`;
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const SHORT_TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const LONG_DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** `14:05:12`, of another day than today's `Wed 25 Nov, 14:05:12`. */
export function clockWords(atMs: number, nowMs: number): string {
  const time = TIME.format(atMs);
  return isSameDay(atMs, nowMs) ? time : `${longDay(atMs)}, ${time}`;
}

/** The same without seconds. */
export function shortClockWords(atMs: number, nowMs: number): string {
  const time = SHORT_TIME.format(atMs);
  return isSameDay(atMs, nowMs) ? time : `${longDay(atMs)}, ${time}`;
}

/** Browsers are of two minds about a comma. */
function longDay(atMs: number): string {
  return LONG_DAY.format(atMs).replace(',', '');
}

function shortDay(atMs: number): string {
  return DAY.format(atMs).replace(',', '');
}

function isSameDay(aMs: number, bMs: number): boolean {
  return new Date(aMs).toDateString() === new Date(bMs).toDateString();
}

export type Tick = { readonly atMs: number; readonly words: string };

const TICK_STEPS_MS = [10_000, 30_000, ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS)].concat(
  [1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
);
const DAY_STEPS = [1, 2, 5, 10];

/** Marks of the wall clock on a bar, at round times of the day, as many as there is room for. */
export function ticksOf(span: Span, most: number): Tick[] {
  const stepMs = TICK_STEPS_MS.find((each) => (span.endMs - span.startMs) / each <= most);
  if (stepMs !== undefined) return midnightsOf(span, 1).flatMap((midnight) => ticksOfDay(span, midnight, stepMs));
  const days = DAY_STEPS.find((each) => (span.endMs - span.startMs) / (each * DAY_MS) <= most) ?? 30;
  return midnightsOf(span, days)
    .filter((atMs) => atMs >= span.startMs && atMs <= span.endMs)
    .map((atMs) => ({ atMs, words: shortDay(atMs) }));
}

/** By the calendar, as a day may have 23 or 25 hours. */
function midnightsOf({ startMs, endMs }: Span, everyDays: number): number[] {
  const day = new Date(startMs);
  day.setHours(0, 0, 0, 0);
  const midnights: number[] = [];
  while (day.getTime() <= endMs) {
    midnights.push(day.getTime());
    day.setDate(day.getDate() + everyDays);
  }
  return midnights;
}

function ticksOfDay({ startMs, endMs }: Span, midnightMs: number, stepMs: number): Tick[] {
  const next = new Date(midnightMs);
  next.setDate(next.getDate() + 1);
  const untilMs = Math.min(endMs, next.getTime() - 1);
  const ticks: Tick[] = [];
  const first = midnightMs + Math.max(0, Math.ceil((startMs - midnightMs) / stepMs)) * stepMs;
  for (let atMs = first; atMs <= untilMs; atMs += stepMs)
    ticks.push({ atMs, words: tickWords(atMs, midnightMs, stepMs) });
  return ticks;
}

function tickWords(atMs: number, midnightMs: number, stepMs: number): string {
  if (atMs === midnightMs) return shortDay(atMs);
  return stepMs < MINUTE_MS ? TIME.format(atMs) : SHORT_TIME.format(atMs);
}
