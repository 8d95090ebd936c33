import { setTimeout as delay } from 'node:timers/promises';
import type { FlvTag } from '../../../src/protocol/flv/index.ts';
import { playForEver, RtmpPublisher } from '../../support/rtmp-publisher.ts';

const RETRY_MS = 1000;

/** An encoder as OBS is: connects again whenever it was sent away. */
export class Encoder {
  readonly name: string;
  #publisher: RtmpPublisher | undefined;
  #sinceMs = Number.POSITIVE_INFINITY;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(port: number, name: string, tags: readonly FlvTag[]) {
    this.name = name;
    this.#running = this.#run(port, tags);
  }

  /** How long it has been publishing, in ms; 0 while it is not. */
  onAirMs(): number {
    return Math.max(0, performance.now() - this.#sinceMs);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#publisher?.unpublish();
    await this.#running;
  }

  async #run(port: number, tags: readonly FlvTag[]): Promise<void> {
    while (!this.#isOver) {
      const publisher = await RtmpPublisher.open({ port, path: `live/${this.name}` }).catch(() => undefined);
      if (publisher) {
        this.#publisher = publisher;
        this.#sinceMs = performance.now();
        const playing = playForEver(publisher, tags);
        await publisher.closed;
        this.#sinceMs = Number.POSITIVE_INFINITY;
        // The server may have ended it in the midst of a tag.
        await playing.stop().catch(() => undefined);
      }
      if (!this.#isOver) await delay(RETRY_MS);
    }
  }
}
