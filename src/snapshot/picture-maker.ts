import { type DecodeOptions, decodeBatch } from './decode-batch.ts';
import { type ColourTool, findColourTool } from './jpeg-colours.ts';
import type { KeyFrame } from './key-frame.ts';
import type { Picture } from './picture.ts';

const GATHER_MS = 4000;
/** For the first picture of a publish. */
const SOON_MS = 300;
const MAX_BATCH = 80;
const MAX_WAITING = 500;
const TIMEOUT_MS = 20_000;
const QUALITY = 4;
/** So many of a batch that hangs are tried one by one. */
const MAX_HANGS = 2;

/** `gatherMs` is how long a key frame waits for others of its group: starting FFmpeg costs more than a picture. */
export type PictureMakerOptions = Pick<DecodeOptions, 'ffmpegPath'> & {
  readonly gatherMs?: number;
  readonly timeoutMs?: number;
};

type Asked = {
  readonly frame: KeyFrame;
  readonly resolve: (picture: Picture) => void;
  readonly reject: (error: unknown) => void;
};

type Gathering = { readonly asked: Asked[]; timer: NodeJS.Timeout; isSoon: boolean };

/** Makes pictures of key frames of all streams, a batch at a time and one batch after the other. */
export class PictureMaker {
  readonly #options: PictureMakerOptions;
  readonly #closing = new AbortController();
  readonly #gathering = new Map<string, Gathering>();
  #waiting = 0;
  #running: Promise<void> = Promise.resolve();
  #colourTool: Promise<ColourTool> | undefined;

  constructor(options: PictureMakerOptions) {
    this.#options = options;
  }

  /** Rejected where there is none to be had, or too many are asked for; with `isSoon` hardly any others are gathered. */
  picture(frame: KeyFrame, { isSoon = false } = {}): Promise<Picture> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('no pictures are made any more'));
    if (this.#waiting >= MAX_WAITING) return Promise.reject(new Error(`${MAX_WAITING} pictures wait already`));
    this.#waiting++;
    const made = new Promise<Picture>((resolve, reject) => this.#gather({ frame, resolve, reject }, isSoon));
    return made.finally(() => {
      this.#waiting--;
    });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const group of [...this.#gathering.keys()]) this.#run(group);
    await this.#running;
  }

  #gather(asked: Asked, isSoon: boolean): void {
    const { group } = asked.frame;
    const { gatherMs = GATHER_MS } = this.#options;
    const runIn = (delayMs: number) => setTimeout(() => this.#run(group), delayMs);
    const gathered = this.#gathering.get(group) ?? { asked: [], timer: runIn(gatherMs), isSoon: false };
    this.#gathering.set(group, gathered);
    gathered.asked.push(asked);
    if (isSoon && !gathered.isSoon) {
      clearTimeout(gathered.timer);
      gathered.timer = runIn(Math.min(SOON_MS, gatherMs));
      gathered.isSoon = true;
    }
    if (gathered.asked.length >= MAX_BATCH) this.#run(group);
  }

  #run(group: string): void {
    const gathered = this.#gathering.get(group);
    if (!gathered) return;
    this.#gathering.delete(group);
    clearTimeout(gathered.timer);
    this.#running = this.#running.then(() => this.#make(gathered.asked));
  }

  /** One that cannot be decoded must not spoil the others: then each is tried by itself. */
  async #make(batch: readonly Asked[]): Promise<void> {
    const { ffmpegPath, timeoutMs = TIMEOUT_MS } = this.#options;
    const { signal } = this.#closing;
    try {
      const frames = batch.map(({ frame }) => frame);
      this.#colourTool ??= findColourTool({ ffmpegPath, timeoutMs, signal });
      const colourTool = await this.#colourTool;
      const pictures = await decodeBatch(frames, { ffmpegPath, colourTool, quality: QUALITY, timeoutMs, signal });
      for (const [index, { resolve, reject }] of batch.entries()) {
        const picture = pictures[index];
        if (picture) resolve(picture);
        else reject(new Error('no picture'));
      }
    } catch (cause) {
      const hangs = isTimeout(cause) && !signal.aborted;
      const error = hangs ? new Error(`FFmpeg did not end within ${timeoutMs / 1000} s`, { cause }) : cause;
      if (batch.length === 1 || signal.aborted) for (const { reject } of batch) reject(error);
      else await this.#makeEach(batch);
    }
  }

  /** An FFmpeg that hangs for one may hang for all: what waits behind must not wait for each of them. */
  async #makeEach(batch: readonly Asked[]): Promise<void> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const untilMs = performance.now() + MAX_HANGS * timeoutMs;
    for (const each of batch) {
      if (performance.now() < untilMs) await this.#make([each]);
      else each.reject(new Error('FFmpeg hangs, the rest of its batch was left out'));
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
