import type { Clock } from './clock.ts';
import type { Stream } from './stream.ts';

/** A connection that feeds a stream, as the stream's slot sees it. */
export interface Publisher {
  readonly sessionId: string;
  /** The slot no longer takes its packets; the connection is to be closed. */
  dismissed(reason: DismissalReason, detail?: string): void;
}

/** Why we end a publish ourselves. */
export type DismissalReason = 'TAKEN_OVER' | 'GHOST_REPLACED' | 'IDLE' | 'KICKED' | 'MODERATION' | 'BLOCKED';

/** As a clean end by the publisher: nobody waits for him to come back. */
const FINAL: readonly string[] = ['UNPUBLISHED', 'KICKED', 'MODERATION', 'BLOCKED'];

/** How a publication came to its end. */
export type PublicationEnding = 'UNPUBLISHED' | 'LOST' | DismissalReason;

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
  #endingDetail: string | undefined;
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

  /** What was said to the publisher beside the reason. */
  get endingDetail(): string | undefined {
    return this.#endingDetail;
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

  /** Ends the hold from our side and tells the publisher; `detail` is for him, too. */
  dismiss(reason: DismissalReason, detail?: string): void {
    if (this.isOver) return;
    this.#endingDetail = detail;
    this.#finish(reason);
    this.publisher.dismissed(reason, detail);
  }

  #finish(ending: PublicationEnding): void {
    if (this.isOver) return;
    this.#ending = ending;
    this.#stopWatching();
    this.#onOver(this, FINAL.includes(ending));
  }

  #watchIdle(delayMs: number): void {
    this.#stopWatching = this.#clock.after(delayMs, () => {
      const leftMs = this.settings.idleMs - this.silentMs();
      if (leftMs <= 0) this.dismiss('IDLE');
      else this.#watchIdle(leftMs);
    });
  }
}
