import type { Clock } from './clock.ts';
import type { Stream } from './stream.ts';

/** A connection that feeds a stream, as the stream's slot sees it. */
export interface Publisher {
  readonly sessionId: string;
  /** The slot no longer takes its packets; the connection is to be closed. */
  dismissed(reason: 'TAKEN_OVER' | 'GHOST_REPLACED' | 'IDLE' | 'KICKED'): void;
}

/** How a publication came to its end. */
export type PublicationEnding = 'UNPUBLISHED' | 'LOST' | Parameters<Publisher['dismissed']>[0];

export type PublishSettings = {
  readonly secondPublisher: 'refuse' | 'takeover';
  readonly waitMs: number;
  readonly waitAfterUnpublish: boolean;
  readonly ghostMs: number;
  readonly idleMs: number;
};

/**
 * One publisher's hold on a stream.
 *
 *     publishing --lost--> waiting --publish--> publishing
 *         |                   |
 *         unpublish        waitMs
 *         v                   v
 *       ended               ended
 */
export class Publication {
  readonly stream: Stream;
  readonly publisher: Publisher;
  readonly settings: PublishSettings;
  /** Whether the stream went on from an earlier publisher. */
  readonly isResumed: boolean;
  readonly #clock: Clock;
  readonly #onOver: (publication: Publication, isClean: boolean) => void;
  #lastDataAtMs: number;
  #ending: PublicationEnding | undefined;
  #stopWatching: () => void = () => {};

  constructor(options: {
    stream: Stream;
    publisher: Publisher;
    settings: PublishSettings;
    isResumed: boolean;
    clock: Clock;
    onOver: (publication: Publication, isClean: boolean) => void;
  }) {
    this.stream = options.stream;
    this.publisher = options.publisher;
    this.settings = options.settings;
    this.isResumed = options.isResumed;
    this.#clock = options.clock;
    this.#onOver = options.onOver;
    this.#lastDataAtMs = options.clock.nowMs();
    this.#watchIdle(options.settings.idleMs);
  }

  get isOver(): boolean {
    return this.#ending !== undefined;
  }

  /** How it ended; undefined while it lasts. */
  get ending(): PublicationEnding | undefined {
    return this.#ending;
  }

  /** Milliseconds since data last came from the publisher. */
  silentMs(): number {
    return this.#clock.nowMs() - this.#lastDataAtMs;
  }

  /** Data came in. */
  touch(): void {
    this.#lastDataAtMs = this.#clock.nowMs();
  }

  /** The publisher said that it is done. */
  unpublish(): void {
    this.#finish('UNPUBLISHED');
  }

  /** The connection is gone. */
  lost(): void {
    this.#finish('LOST');
  }

  /** Ends the hold from our side and tells the publisher. */
  dismiss(reason: Parameters<Publisher['dismissed']>[0]): void {
    if (this.isOver) return;
    this.#finish(reason);
    this.publisher.dismissed(reason);
  }

  #finish(ending: PublicationEnding): void {
    if (this.isOver) return;
    this.#ending = ending;
    this.#stopWatching();
    this.#onOver(this, ending === 'UNPUBLISHED' || ending === 'KICKED');
  }

  #watchIdle(delayMs: number): void {
    this.#stopWatching = this.#clock.after(delayMs, () => {
      const leftMs = this.settings.idleMs - this.silentMs();
      if (leftMs <= 0) this.dismiss('IDLE');
      else this.#watchIdle(leftMs);
    });
  }
}
