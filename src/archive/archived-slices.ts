import type { IndexedSegment, IndexLine, RemotePlace, SliceSpan } from './index-line.ts';

/** A slice, and what has become of it. */
export type SliceState = Readonly<SliceSpan> & {
  readonly first: number;
  /** Written to its end. */
  readonly isEnded: boolean;
  /** On its way into a storage, or there. */
  readonly isQueued: boolean;
  readonly remote: RemotePlace | undefined;
  /** Whether its file is here. */
  readonly isHere: boolean;
};

type Changing<T> = { -readonly [K in keyof T]: T[K] };

/** What lines of an index say of slices, one after the other; segments and init segments are others' business. */
export class SliceStates {
  readonly #states = new Map<number, Changing<SliceState>>();
  readonly #deleted = new Set<number>();

  get all(): SliceState[] {
    return [...this.#states.values()];
  }

  /** Those whose file may still be here though they were deleted. */
  get deleted(): ReadonlySet<number> {
    return this.#deleted;
  }

  find(first: number): SliceState | undefined {
    return this.#states.get(first);
  }

  apply(line: IndexLine): void {
    if (line.kind === 'init') return;
    const { first } = line;
    if (line.kind === 'slice') {
      const nothing = { lastNumber: first, endMs: 0, sizeBytes: 0 };
      this.#states.set(first, { first, ...nothing, isEnded: false, isQueued: false, isHere: true, remote: undefined });
      this.#deleted.delete(first);
      return;
    }
    if (line.kind === 'deleted') {
      this.#states.delete(first);
      this.#deleted.add(first);
      return;
    }
    const state = this.#states.get(first);
    if (state) changeBy(state, line);
  }

  /** The file is there no more, or again. */
  setHere(first: number, isHere: boolean): void {
    const state = this.#states.get(first);
    if (state) state.isHere = isHere;
  }

  /** It is gone, and nobody deleted it. */
  forget(first: number): void {
    this.#states.delete(first);
  }
}

function changeBy(state: Changing<SliceState>, line: Exclude<IndexLine, { kind: 'init' | 'slice' | 'deleted' }>): void {
  switch (line.kind) {
    case 'segment':
      state.sizeBytes = line.segment.offset + line.segment.sizeBytes;
      state.lastNumber = line.segment.number;
      state.endMs = Math.max(state.endMs, line.segment.wallMs + line.segment.durationMs);
      return;
    case 'ended':
      state.lastNumber = line.lastNumber;
      state.endMs = line.endMs;
      state.sizeBytes = line.sizeBytes;
      state.isEnded = true;
      return;
    case 'queued':
      state.isQueued = true;
      return;
    case 'uploaded':
      state.isQueued = true;
      state.remote = { storage: line.storage, object: line.object, atMs: line.atMs };
      return;
    case 'trimmed':
      state.isHere = false;
  }
}

/** The lines that say all of a slice. */
export function linesOf(state: SliceState, initName: string, segments: readonly IndexedSegment[]): IndexLine[] {
  const { first, lastNumber, endMs, sizeBytes, isEnded, isQueued, isHere, remote } = state;
  return [
    { kind: 'slice', first, initName },
    ...segments.map((segment) => ({ kind: 'segment', first, segment }) as const),
    ...(isEnded ? [{ kind: 'ended', first, lastNumber, endMs, sizeBytes } as const] : []),
    ...(isQueued && !remote ? [{ kind: 'queued', first } as const] : []),
    ...(remote ? [{ kind: 'uploaded', first, ...remote } as const] : []),
    ...(isHere ? [] : [{ kind: 'trimmed', first } as const]),
  ];
}
