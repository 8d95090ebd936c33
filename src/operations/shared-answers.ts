/** What was made is good for so long: a person sees no difference, and many who look cost what one does. */
const GOOD_MS = 1000;
const MOST_ANSWERS = 200;

export type RecentlyOptions<T> = {
  readonly make: () => T;
  readonly nowMs: () => number;
  /** Counts what makes it out of date at once. */
  readonly changes: () => number;
};

/** Makes something once a second at most while nothing changes, and gives the same to all. */
export function recently<T>({ make, nowMs, changes }: RecentlyOptions<T>): () => T {
  let last: { readonly made: T; readonly atMs: number; readonly change: number } | undefined;
  return () => {
    const [atMs, change] = [nowMs(), changes()];
    if (last === undefined || atMs - last.atMs >= GOOD_MS || last.change !== change) {
      last = { made: make(), atMs, change };
    }
    return last.made;
  };
}

/** Answers made of one source, the same object for all who ask the same and may the same; frozen, as it is shared. */
export class SharedAnswers<T extends object> {
  #source: unknown;
  readonly #answers = new Map<string, Readonly<T>>();

  of(source: unknown, asked: string, make: () => T): Readonly<T> {
    if (this.#source !== source || this.#answers.size >= MOST_ANSWERS) {
      this.#answers.clear();
      this.#source = source;
    }
    const known = this.#answers.get(asked);
    if (known !== undefined) return known;
    const made = Object.freeze(make());
    this.#answers.set(asked, made);
    return made;
  }
}
