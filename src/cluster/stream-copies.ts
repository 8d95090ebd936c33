import { type Clock, type GopCacheLimits, type Registry, type StreamId, streamKey } from '../live/index.ts';
import { CopyPull, type CopyPullOptions } from './copy-pull.ts';
import type { RenditionFacts } from './wire/index.ts';

export type StreamCopiesOptions = Pick<CopyPullOptions, 'onReceived' | 'onTrouble'> & {
  readonly clock: Clock;
  readonly registry: Registry;
  /** Where a stream may be had now; undefined where nobody publishes it. */
  readonly sourceOf: (id: StreamId) => CopyPullOptions['open'] | undefined;
  readonly viewersOf: (id: StreamId) => number;
  readonly cacheOf: (id: StreamId) => GopCacheLimits;
  /** Streams of which a copy is kept though nobody watches it; left out where none are. */
  readonly standbys?: () => Iterable<StreamId>;
  /** A copy that goes on here, or may, of a stream that was packaged: whoever packages it too has the same playlists. */
  readonly onPackaged?: (id: StreamId) => void;
  /** How long viewers wait for a stream whose owner is gone. */
  readonly waitMsOf: (id: StreamId) => number;
  /** A copy that nobody watches goes after this long. */
  readonly lingerMs?: number;
};

type Entry = { readonly pull: CopyPull; watchedMs: number };

const LINGER_MS = 30_000;
const LOOK_MS = 1000;
const ABSENT_MS = 30_000;

/** The copies of streams of elsewhere that have viewers here: one of each, however many ask. */
export class StreamCopies {
  readonly #options: StreamCopiesOptions;
  readonly #pulls = new Map<string, Entry>();
  /** Streams that their owners did not have: until when they are left alone. */
  readonly #absentUntilMs = new Map<string, number>();
  readonly #stopListening: () => void;
  #cancelLook: () => void = () => {};
  #isClosed = false;

  constructor(options: StreamCopiesOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen({ wanted: (id) => this.want(id) });
    this.#lookLater();
  }

  get count(): number {
    return this.#pulls.size;
  }

  *pulls(): Generator<CopyPull> {
    for (const { pull } of this.#pulls.values()) yield pull;
  }

  /** Somebody wants to see a stream that is not published here: whether it is being fetched. */
  want(id: StreamId): boolean {
    const entry = this.#have(id, true);
    entry?.pull.watched(true);
    return entry !== undefined;
  }

  /** @param isWatched whether it is for somebody who wants to see it */
  #have(id: StreamId, isWatched: boolean): Entry | undefined {
    if (this.#isClosed) return undefined;
    const { clock, registry, sourceOf } = this.#options;
    const key = streamKey(id);
    const known = this.#pulls.get(key);
    if (known) {
      known.watchedMs = clock.nowMs();
      return known;
    }
    if (!sourceOf(id)) return undefined;
    const pull: CopyPull = new CopyPull({
      ...this.#options,
      id,
      cache: this.#options.cacheOf(id),
      open: (signal, asking) => sourceOf(id)?.(signal, asking) ?? Promise.resolve({ kind: 'absent' }),
      waitMs: this.#options.waitMsOf(id),
      isWatched,
      wantParent: (parent) => this.#have(parent, isWatched) !== undefined,
      onOver: () => {
        this.#pulls.delete(key);
        if (!pull.copied.stream) this.#absentUntilMs.set(key, clock.nowMs() + ABSENT_MS);
        registry.giveUp(id);
      },
    });
    const entry: Entry = { pull, watchedMs: clock.nowMs() };
    this.#pulls.set(key, entry);
    return entry;
  }

  /** Before somebody publishes a stream here: has what was published elsewhere, so that it goes on behind that. */
  async catchUp(id: StreamId): Promise<void> {
    if (!this.want(id)) return;
    const pull = this.#pulls.get(streamKey(id))?.pull;
    await pull?.whenSettled();
    if (pull?.copied.running.isPackaged) this.#options.onPackaged?.(id);
  }

  /** What the owner of a copied stream says of its renditions; undefined of what is no copy. */
  renditionsOf(id: StreamId): readonly RenditionFacts[] | undefined {
    return this.#pulls.get(streamKey(id))?.pull.copied.renditions;
  }

  /** Where streams are to be had has changed: who waits for one, or for its owner to come back, is served at once. */
  sourcesChanged(id: StreamId): void {
    this.#absentUntilMs.delete(streamKey(id));
    const known = this.#pulls.get(streamKey(id));
    if (known) known.pull.retryNow();
    else if (this.#options.registry.isWaitedFor(id)) this.want(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#stopListening();
    for (const { pull } of [...this.#pulls.values()]) pull.close();
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      this.#standByAll();
      this.#endUnwatched();
      this.#lookLater();
    });
  }

  #standByAll(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [key, untilMs] of this.#absentUntilMs) if (nowMs >= untilMs) this.#absentUntilMs.delete(key);
    for (const id of this.#options.standbys?.() ?? []) this.#standBy(id);
  }

  /** Whoever takes the stream over has it as it was, with the renditions that ran. */
  #standBy(id: StreamId): void {
    if (this.#absentUntilMs.has(streamKey(id))) return;
    const copied = this.#have(id, false)?.pull.copied;
    if (!copied) return;
    if (copied.running.isPackaged) this.#options.onPackaged?.(id);
    for (const name of copied.running.renditions) this.#standBy({ ...id, name });
  }

  #endUnwatched(): void {
    const { clock, registry, viewersOf, lingerMs = LINGER_MS } = this.#options;
    const nowMs = clock.nowMs();
    for (const entry of [...this.#pulls.values()]) {
      const { id } = entry.pull;
      const isWatched = viewersOf(id) > 0 || registry.isWaitedFor(id);
      entry.pull.watched(isWatched);
      if (isWatched) entry.watchedMs = nowMs;
      else if (nowMs - entry.watchedMs >= lingerMs) entry.pull.close();
    }
  }
}
