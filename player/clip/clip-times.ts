const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** From when to when by the viewer's own clock, the day said once; undefined where a time is none. */
export function localWords(startedAt: string, endedAt: string): { from: string; to: string } | undefined {
  const [start, end] = [new Date(startedAt), new Date(endedAt)];
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) return undefined;
  const isSameDay = start.toDateString() === end.toDateString();
  return { from: DAY_AND_TIME.format(start), to: (isSameDay ? TIME : DAY_AND_TIME).format(end) };
}

/** The chapter that a position is in; -1 before the first. */
export function chapterAt(starts: readonly number[], positionS: number): number {
  return starts.findLastIndex((start) => start <= positionS);
}
