import type { RecordWindowRule } from '../rules/index.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_MINUTES = 1440;

/** Making one takes long; zones are few, as rules name them. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether a weekly window is open at a time, by the clock on the wall of its zone: what that shows twice is open twice. */
export function isOpenAt({ days, from, to, zone }: RecordWindowRule, wallMs: number): boolean {
  const { day, minute } = readClock(zone, wallMs);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const isOn = (index: number) => days.includes(DAYS[(index + DAYS.length) % DAYS.length] ?? 'mon');
  if (begin < end) return isOn(day) && minute >= begin && minute < end;
  return (isOn(day) && minute >= begin) || (isOn(day - 1) && minute < end);
}

/** `day` counts from Monday. */
function readClock(zone: string, wallMs: number): { readonly day: number; readonly minute: number } {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(wallMs)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = parts.get('weekday')?.toLowerCase();
  const day = (DAYS as readonly (string | undefined)[]).indexOf(weekday);
  return { day, minute: (Number(parts.get('hour')) * 60 + Number(parts.get('minute'))) % DAY_MINUTES };
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  const made = new Intl.DateTimeFormat('en-US', options);
  clocks.set(zone, made);
  return made;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
