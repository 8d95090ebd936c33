import type { RecordingEntry, RecordingPage } from '../../answers/answer-types.ts';

/** A newest page and, behind it, what is known that is older; what was deleted from the page is known no more. */
export function withOlder(page: RecordingPage, known: readonly RecordingEntry[]): RecordingEntry[] {
  const last = page.recordings.at(-1);
  if (page.nextCursor === undefined || !last) return [...page.recordings];
  const older = known.filter((each) => each.startedAtMs < last.startedAtMs);
  return [...page.recordings, ...older.toSorted((a, b) => b.startedAtMs - a.startedAtMs)];
}
