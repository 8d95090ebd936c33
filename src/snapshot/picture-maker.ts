import { type DecodeOptions, decodeBatch } from './decode-batch.ts';
import type { KeyFrame } from './key-frame.ts';

const GATHER_MS = 4000;
const MAX_BATCH = 80;
const MAX_WAITING = 500;
const TIMEOUT_MS = 20_000;
const QUALITY = 4;

/** `gatherMs` is how long a key frame waits for others of its group: starting FFmpeg costs more than a picture. */
export type PictureMakerOptions = Pick<DecodeOptions, 'ffmpegPath'> & {
  readonly gatherMs?: number;
  readonly timeoutMs?: number;
};

type Asked = {
  readonly frame: KeyFrame;
  readonly resolve: (picture: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
};

/** Makes pictures of key frames of all streams, a batch at a time and one batch after the other. */
export class PictureMaker {
  readonly #options: PictureMakerOptions;
  readonly #closing = new AbortController();
  readonly #gathering = new Map<string, { readonly asked: Asked[]; readonly timer: NodeJS.Timeout }>();
  #waiting = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: PictureMakerOptions) {
    this.#options = options;
  }

  /** A JPEG picture; rejected where there is none to be had, or too many are asked for. */
  picture(frame: KeyFrame): Promise<Uint8Array> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('no pictures are made any more'));
    if (this.#waiting >= MAX_WAITING) return Promise.reject(new Error(`${MAX_WAITING} pictures wait already`));
    this.#waiting++;
    const made = new Promise<Uint8Array>((resolve, reject) => this.#gather({ frame, resolve, reject }));
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

  #gather(asked: Asked): void {
    const { group } = asked.frame;
    const gathered = this.#gathering.get(group) ?? {
      asked: [],
      timer: setTimeout(() => this.#run(group), this.#options.gatherMs ?? GATHER_MS),
    };
    this.#gathering.set(group, gathered);
    gathered.asked.push(asked);
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
      const pictures = await decodeBatch(frames, { ffmpegPath, quality: QUALITY, timeoutMs, signal });
      for (const [index, { resolve, reject }] of batch.entries()) {
        const picture = pictures[index];
        if (picture) resolve(picture);
        else reject(new Error('no picture'));
      }
    } catch (error) {
      if (batch.length === 1 || signal.aborted) for (const { reject } of batch) reject(error);
      else for (const each of batch) await this.#make([each]);
    }
  }
}
