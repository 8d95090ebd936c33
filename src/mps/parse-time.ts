import { type Fields, refused } from '../media/index.ts';

const CLOCK = /^(\d{1,3}):([0-5]?\d):([0-5]?\d(?:\.\d{1,3})?)$/;

/** `123.45` or `00:02:03.450`, in seconds. */
export function secondsOf(fields: Fields, name: string): number | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? [];
  const value = hours === undefined ? Number(text) : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw refused(fields.name(name), 'must be seconds or hh:mm:ss.sss', 'Write 123.45, or 00:02:03.450.');
}
