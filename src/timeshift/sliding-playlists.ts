import type { ArchivedSegment } from '../archive/index.ts';
import { renderMediaPlaylist } from '../protocol/m3u8/index.ts';
import { discontinuitiesBefore, MediaSegments, type SegmentForm, versionOf } from './media-segments.ts';
import { isWithin, type Sliding } from './sliding-window.ts';

type Listed = Pick<Sliding, 'segments' | 'isEnded'> & { readonly targetSeconds: number };

/** With all segments that it was chosen from. */
export type Chosen = Sliding & { readonly targetSeconds: number; readonly around: readonly ArchivedSegment[] };

/** How a playlist stood when it was printed last. */
type Printed = Listed & {
  readonly text: Uint8Array;
  /** Added to the discontinuities that the archive counts: of what nodes began each for itself, they may go back. */
  readonly addedDiscontinuities: number;
};

type Entry = Printed & Pick<Chosen, 'around' | 'isCertain' | 'pivot'>;

/** Each is reloaded every few seconds: one that went out of these is of a player that is gone, or has long paused. */
const MOST_KEPT = 4096;
/** What comes late from an encoder keeps its stream time. */
const LONGEST_DELAY_MS = 5000;

/** Sliding playlists: from one reload to the next nothing that a player has seen goes back. */
export class SlidingPlaylists {
  readonly #entries = new Map<string, Entry>();

  /** What was known when the playlist was printed last. */
  around(key: string): readonly ArchivedSegment[] | undefined {
    return this.#entries.get(key)?.around;
  }

  /** The playlist as it was printed last, where it is the same for the pivot of now. */
  unchanged(key: string, pivotMs: number): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    if (!entry?.isCertain || !isWithin(entry.pivot, pivotMs)) return undefined;
    this.#keep(key, entry);
    return entry.text;
  }

  /**
   * UTF-8; the same object until it changes.
   *
   * @param key names the playlist, among those of all streams
   */
  render(key: string, chosen: Chosen, form: SegmentForm): Uint8Array {
    const before = this.#entries.get(key);
    const printed = before ? entryAfter(before, chosen, form) : entryOf(chosen, 0, form);
    const { around, isCertain, pivot } = chosen;
    this.#keep(key, { ...printed, around, isCertain, pivot });
    if (this.#entries.size > MOST_KEPT) this.#entries.delete(this.#entries.keys().next().value ?? '');
    return printed.text;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }
}

function entryAfter(before: Entry, sliding: Listed, form: SegmentForm): Printed {
  const [oldFirst, oldLast] = [numberAt(before.segments, 0), numberAt(before.segments, -1)];
  if (numberAt(sliding.segments, -1) < oldLast) return before;
  const targetSeconds = Math.max(before.targetSeconds, sliding.targetSeconds);
  const segments = sliding.segments.filter(({ number }) => number >= oldFirst);
  const now = { segments, targetSeconds, isEnded: sliding.isEnded };
  return isSame(before, now) ? before : entryOf(now, addedDiscontinuities(before, segments[0]), form);
}

function entryOf(listed: Listed, added: number, form: SegmentForm): Printed {
  const { segments, targetSeconds, isEnded } = listed;
  const text = renderMediaPlaylist({
    version: versionOf(form.container),
    targetDurationSeconds: targetSeconds,
    mediaSequence: numberAt(segments, 0),
    discontinuitySequence: discontinuitiesBefore(segments[0]) + added,
    segments: [...new MediaSegments(form).of(segments)],
    ...(isEnded ? { isEnded } : {}),
  });
  return { segments, targetSeconds, isEnded, addedDiscontinuities: added, text: new TextEncoder().encode(text) };
}

/** Another publication is a discontinuity, whatever its own count is. */
function addedDiscontinuities(before: Entry, first: ArchivedSegment | undefined): number {
  const last = before.segments.at(-1);
  const { addedDiscontinuities: added } = before;
  if (!last || !first || first.number <= last.number + 1 || isSamePublication(last, first)) return added;
  return Math.max(added, last.discontinuities + added + 1 - discontinuitiesBefore(first));
}

/** Within a publication stream time passes as wall time does; each begins its own. */
function isSamePublication(a: ArchivedSegment, b: ArchivedSegment): boolean {
  return Math.abs(b.startDtsMs - a.startDtsMs - (b.wallMs - a.wallMs)) < LONGEST_DELAY_MS;
}

function isSame(a: Listed, b: Listed): boolean {
  return (
    a.isEnded === b.isEnded &&
    a.targetSeconds === b.targetSeconds &&
    numberAt(a.segments, 0) === numberAt(b.segments, 0) &&
    numberAt(a.segments, -1) === numberAt(b.segments, -1)
  );
}

function numberAt(segments: readonly ArchivedSegment[], index: number): number {
  return segments.at(index)?.number ?? 0;
}
