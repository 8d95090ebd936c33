import { ClipError } from './clip-error.ts';

export type ClipWorkOptions = {
  /** Made at once. */
  readonly atOnce: number;
  /** That many more may wait. */
  readonly maxWaiting: number;
};

/** A place among what is made. */
export type Ticket = {
  /** Runs the work when its turn comes; gives the place back when it is over, whatever comes of it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  leave(): void;
};

/** Lets a few things be made at once, and a few more wait. */
export class ClipWork {
  readonly #options: ClipWorkOptions;
  readonly #waiting: (() => void)[] = [];
  #tickets = 0;
  #running = 0;

  constructor(options: ClipWorkOptions) {
    this.#options = options;
  }

  /** Throws ClipError where too many are there; those that are `owed` from before a restart may be more. */
  enter({ isOwed = false } = {}): Ticket {
    const { atOnce, maxWaiting } = this.#options;
    if (!isOwed && this.#tickets >= atOnce + maxWaiting) {
      const remedy = 'Try again in a minute, when some of them are made.';
      throw new ClipError('CLIPS_BUSY', `${this.#tickets} clips are being made already`, remedy);
    }
    this.#tickets++;
    let isLeft = false;
    const leave = () => {
      if (!isLeft) this.#tickets--;
      isLeft = true;
    };
    return {
      leave,
      run: async (work) => {
        try {
          await this.#turn();
          return await work().finally(() => this.#next());
        } finally {
          leave();
        }
      },
    };
  }

  #turn(): Promise<void> | void {
    if (this.#running < this.#options.atOnce) {
      this.#running++;
      return;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Whose turn is next takes over the place of who was running. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
