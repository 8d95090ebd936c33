import { setTimeout as delay } from 'node:timers/promises';
import { FlvViewer } from './flv-viewer.ts';

const AGAIN_MS = 250;

/** An HTTP-FLV viewer that comes back when its connection is over, as players do, and notes when pictures came. */
export class ReconnectingViewer {
  /** When each piece came, by `performance.now()`. */
  readonly cameMs: number[] = [];
  connections = 0;
  readonly #url: string;
  #viewer: FlvViewer | undefined;
  #isClosed = false;
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#running = this.#run();
  }

  /** The longest time without anything that came, since then. */
  longestGapMs(sinceMs: number): number {
    const came = [sinceMs, ...this.cameMs.filter((ms) => ms > sinceMs)];
    return Math.max(0, ...came.slice(1).map((ms, at) => ms - (came[at] ?? ms)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#viewer?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#viewer = await FlvViewer.open(this.#url);
        this.connections++;
        this.#viewer.response.on('data', () => this.cameMs.push(performance.now()));
        await this.#viewer.closed;
      } catch {
        // It is asked again.
      }
      await delay(AGAIN_MS);
    }
  }
}
