import type { Logger } from '../log/index.ts';

type Closable = { close(): unknown };

/** What was opened, to be closed in the opposite order. */
export class Closer {
  readonly #log: Logger;
  readonly #opened: { readonly name: string; readonly thing: Closable }[] = [];
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add<T extends Closable>(name: string, thing: T): T {
    this.#opened.push({ name, thing });
    return thing;
  }

  /** Closes everything, whatever fails on the way; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const { name, thing } of this.#opened.toReversed()) {
      try {
        await thing.close();
      } catch (error) {
        this.#log.error({ error, name }, 'could not be closed');
      }
    }
  }
}
