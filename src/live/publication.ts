import type { Clock } from './clock.ts';
import type { SourceInput, SourceRole } from './source-input.ts';
import type { SwitchSettings } from './source-switch.ts';
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
  /** How several sources of the stream take turns; the usual where it is left out. */
  readonly sources?: SwitchSettings;
};

/**
 * One publisher's hold on a stream, or on its place as one of two sources.
 *
 *     publishing --lost--> waiting --publish--> publishing
 *         |                   |
 *         unpublish        waitMs
 *         v                   v
 *       ended               ended
 */
export class Publication {
  readonly stream: Stream;
  /** Where its media go. */
  readonly input: SourceInput;
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
    input: SourceInput;
    publisher: Publisher;
    settings: PublishSettings;
    isResumed: boolean;
    clock: Clock;
    onOver: (publication: Publication, isClean: boolean) => void;
  }) {
    this.stream = options.stream;
    this.input = options.input;
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

  /** `main` or `backup`. */
  get role(): SourceRole {
    return this.input.role;
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
