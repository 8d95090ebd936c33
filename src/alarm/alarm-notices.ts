import { createHash } from 'node:crypto';
import type { AlarmChannelRule } from '../rules/index.ts';
import type { Alarm, Notice } from './alarm.ts';
import type { AlarmBook } from './alarm-book.ts';

/** The channels that want to hear of an alarm. */
export function channelsFor(
  { code, severity }: Pick<Alarm, 'code' | 'severity'>,
  channels: readonly AlarmChannelRule[],
): AlarmChannelRule[] {
  return channels.filter(
    ({ enabled, severities, codes }) =>
      enabled && severities.includes(severity) && (codes.length === 0 || codes.includes(code)),
  );
}

/** The same however often it is made, so that receivers see a repetition as one. */
export function noticeId(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\n')).digest('hex');
  const groups = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `a${hash.slice(17, 20)}`];
  return [...groups, hash.slice(20, 32)].join('-');
}

/** Writes down that channels are to be told that it is raised, each once for each severity; returns it as it then is. */
export function tellRaised(
  book: AlarmBook,
  alarm: Alarm,
  channels: readonly AlarmChannelRule[],
  wallMs: number,
): Alarm {
  const untold = channelsFor(alarm, channels).filter(({ id }) => alarm.told[id] !== alarm.severity);
  if (untold.length === 0) return alarm;
  const told = { ...alarm.told, ...Object.fromEntries(untold.map(({ id }) => [id, alarm.severity])) };
  for (const { id } of untold) book.putNotice(notice(alarm, 'alarm_raised', id, wallMs));
  const now = { ...alarm, told, isUnsynced: true };
  book.put(now);
  return now;
}

/** Writes down that those who heard that it is raised are to hear that it is over. */
export function tellCleared(
  book: AlarmBook,
  alarm: Alarm,
  channels: readonly AlarmChannelRule[],
  wallMs: number,
): void {
  for (const { id } of channels) {
    if (alarm.told[id] !== undefined) book.putNotice(notice(alarm, 'alarm_cleared', id, wallMs));
  }
}

/** The same to whoever heard, whether or not the rules still have them. */
export function tellEnd(book: AlarmBook, alarm: Alarm, wallMs: number): void {
  for (const id of Object.keys(alarm.told)) {
    if (!id.startsWith('#')) book.putNotice(notice(alarm, 'alarm_cleared', id, wallMs));
  }
}

function notice(alarm: Alarm, kind: Notice['kind'], channel: string, wallMs: number): Notice {
  const id = noticeId(alarm.id, kind, channel, kind === 'alarm_raised' ? alarm.severity : '');
  // The same for another node that tells it in this one's place.
  const atMs = alarm.clearedAtMs ?? alarm.raisedAtMs;
  return { id, channel, kind, alarm, atMs, attempts: 0, nextAttemptAtMs: wallMs };
}
