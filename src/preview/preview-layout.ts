/**
 * Where the small pictures of a stream's past are, in its folder of the archive.
 *
 *     previews/2026-11-29.index     a line for each picture of the UTC day: when, and where its bytes are
 *             /2026-11-29T13.jpgs   the pictures of an hour, one JPEG after the other
 */
export const PREVIEWS_FOLDER = 'previews';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const INDEX_FILE = /^(\d{4,6}-\d\d-\d\d)\.index$/;
const PICTURES_FILE = /^(\d{4,6}-\d\d-\d\dT\d\d)\.jpgs$/;

/** The UTC day of a time, such as `2026-11-29`. */
export function dayOf(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return text.slice(0, text.indexOf('T'));
}

export const indexFile = (day: string): string => `${day}.index`;

export function picturesFile(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return `${text.slice(0, text.indexOf(':'))}.jpgs`;
}

/** The day that an index's name says; undefined for other files. */
export const dayOfIndex = (name: string): string | undefined => INDEX_FILE.exec(name)?.[1];

/** When the hour of a file of pictures begins; undefined for other files. */
export function hourOfPictures(name: string): number | undefined {
  const [, hour] = PICTURES_FILE.exec(name) ?? [];
  return hour === undefined ? undefined : Date.parse(`${hour}:00:00Z`);
}

/** The days that a time from `fromMs` to before `toMs` has a part of. */
export function daysBetween(fromMs: number, toMs: number): string[] {
  const days: string[] = [];
  for (let ms = Math.floor(fromMs / DAY_MS) * DAY_MS; ms < toMs; ms += DAY_MS) days.push(dayOf(ms));
  return days;
}
