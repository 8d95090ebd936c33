import type { Clock, Registry, Stream } from '../live/index.ts';

export type HandOverOptions = {
  readonly clock: Clock;
  readonly registry: Registry;
  /** How long encoders have to come to another node. */
  readonly longestMs: number;
};

/**
 * The end of a node of a cluster: its encoders are let go, and it stays until other nodes publish their streams. Whoever
 * takes one has from here what was published until then, so that viewers miss nothing.
 */
export class HandOver {
  readonly #options: HandOverOptions;
  readonly #publishers: (() => void)[] = [];
  #end: (() => void) | undefined;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** Adds what lets some of those go who publish here, as if the network had failed. */
  add(endPublishers: () => void): void {
    this.#publishers.push(endPublishers);
  }

  async run(): Promise<void> {
    const { clock, registry, longestMs } = this.#options;
    const left = new Set<Stream>([...registry.streams()].filter(({ id }) => registry.publicationOf(id)));
    await new Promise<void>((resolve) => {
      const end = () => {
        stopListening();
        cancel();
        this.#end = undefined;
        resolve();
      };
      const gone = (stream: Stream) => {
        left.delete(stream);
        if (left.size === 0) end();
      };
      const cancel = clock.after(longestMs, end);
      const stopListening = registry.listen({ ended: gone });
      this.#end = end;
      for (const endPublishers of this.#publishers) endPublishers();
      if (left.size === 0) end();
    });
  }

  /** What is left is not waited for; false where nothing is. */
  hurry(): boolean {
    const end = this.#end;
    end?.();
    return end !== undefined;
  }
}
