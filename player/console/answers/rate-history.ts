import type { StreamEntry } from './answer-types.ts';

/** The last bitrates of the listed streams, for their graphs; forgets a stream that is no longer listed. */
export class RateHistory {
  readonly #length: number;
  #rates: ReadonlyMap<string, readonly (number | undefined)[]> = new Map();

  constructor(length: number) {
    this.#length = length;
  }

  add(streams: readonly StreamEntry[]): void {
    this.#rates = new Map(
      streams.map((stream) => {
        const key = streamKeyOf(stream);
        return [key, [...this.of(key), stream.bitrateKbps].slice(-this.#length)];
      }),
    );
  }

  of(key: string): readonly (number | undefined)[] {
    return this.#rates.get(key) ?? [];
  }
}

/** Tells streams of one list apart. */
export function streamKeyOf(stream: Pick<StreamEntry, 'domain' | 'app' | 'name'>): string {
  return `${stream.domain}/${stream.app}/${stream.name}`;
}
