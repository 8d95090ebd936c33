const MAX_KINDS = 20;

/** Counts what goes wrong by its kind: of few kinds, whatever a server answers. */
export class Tally {
  readonly #counts = new Map<string, number>();
  #total = 0;

  add(code: string): void {
    this.#total++;
    const kind = this.#counts.has(code) || this.#counts.size < MAX_KINDS ? code : 'OTHER';
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  get total(): number {
    return this.#total;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
