import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { encoderArguments, type TestPictureOptions } from './encoder-arguments.ts';
import { Picture } from './picture.ts';
import { SAMPLE_RATE, toneSamples } from './tone.ts';

// Beyond this the picture's clock and the stream's time have parted (the machine slept, the network hung): begin anew.
const MAX_BEHIND_MS = 3000;
// Pictures still went out a moment ago, so it is no sleep and no stuck network: the machine is too slow for them.
const STILL_SENDING_MS = 1000;
const BEHIND = `It was more than ${MAX_BEHIND_MS / 1000} s behind real time.`;

/** How one attempt ended: `sentMs` of the stream were handed to FFmpeg; `complaint` is why there were no more. */
export type PublishResult = {
  readonly exitCode: number;
  readonly sentMs: number;
  readonly complaint: string;
  /** The machine can't make pictures of this size in real time. */
  readonly isTooSlow: boolean;
};

/** Publishes until `signal` is aborted, `maxMs` is sent, or FFmpeg ends. Rejects only where FFmpeg can't be started. */
export async function publishOnce(
  options: TestPictureOptions & { readonly ffmpeg: string; readonly maxMs: number },
  signal: AbortSignal,
): Promise<PublishResult> {
  const stdio = ['pipe', 'ignore', 'pipe', ...(options.hasAudio ? ['pipe' as const] : [])] as const;
  const child = spawn(options.ffmpeg, encoderArguments(options), { stdio: [...stdio] });
  const complaint = collectText(child);
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const closed = once(child, 'close');
  const sender = new Sender(options, child.stdin as Writable, child.stdio[3] as Writable | undefined);
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const sentMs = await sender.run(Promise.race([exited, aborted]).then(() => undefined));
  const grace = setTimeout(() => child.kill('SIGKILL'), 2000);
  await closed;
  clearTimeout(grace);
  const stoppedByUs = signal.aborted || sentMs >= options.maxMs;
  return {
    exitCode: stoppedByUs ? 0 : child.exitCode || 1,
    sentMs,
    complaint: sender.isBehind ? BEHIND : complaint(),
    isTooSlow: sender.isTooSlow,
  };
}

/** Writes pictures and sound at the pace of real time. */
class Sender {
  readonly #options: TestPictureOptions & { readonly maxMs: number };
  readonly #picture: Picture;
  readonly #video: Writable;
  readonly #audio: Writable | undefined;
  #startedAt = 0;
  isBehind = false;
  isTooSlow = false;
  #lastSentAt = 0;
  #frames = 0;
  #samples = 0;

  constructor(options: TestPictureOptions & { readonly maxMs: number }, video: Writable, audio: Writable | undefined) {
    this.#options = options;
    this.#picture = new Picture(options.width, options.height);
    this.#video = video;
    this.#audio = audio;
    // FFmpeg's end closes the pipes under our hands; `exit` tells it.
    for (const pipe of [video, audio]) pipe?.on('error', () => undefined);
  }

  /** Resolves to the stream's length in ms once `ended` does, all was sent, or the pipes are stuck. */
  run(ended: Promise<void>): Promise<number> {
    this.#startedAt = performance.now();
    return new Promise((resolve) => {
      const timer = setInterval(
        () => {
          if (!this.#advance()) finish();
        },
        1000 / this.#options.fps / 2,
      );
      const finish = () => {
        clearInterval(timer);
        this.#video.end();
        this.#audio?.end();
        resolve((this.#frames * 1000) / this.#options.fps);
      };
      void ended.then(finish);
    });
  }

  /** Sends what is due; false when there is no more to send. */
  #advance(): boolean {
    const { fps, maxMs } = this.#options;
    const now = performance.now();
    const elapsedMs = now - this.#startedAt;
    const dueFrames = Math.min(Math.floor((elapsedMs * fps) / 1000) + 1, Math.floor((maxMs * fps) / 1000));
    this.isBehind = ((dueFrames - this.#frames) * 1000) / fps > MAX_BEHIND_MS;
    if (this.isBehind) {
      this.isTooSlow = now - this.#lastSentAt < STILL_SENDING_MS;
      return false;
    }
    while (this.#frames < dueFrames && !this.#video.writableNeedDrain) this.#sendFrame();
    this.#sendSound(Math.floor((this.#frames * SAMPLE_RATE) / fps));
    return this.#frames < Math.floor((maxMs * fps) / 1000);
  }

  #sendFrame(): void {
    const streamMs = (this.#frames * 1000) / this.#options.fps;
    const { bytes } = this.#picture.draw(streamMs, Date.now());
    this.#video.write(Buffer.from(bytes));
    this.#frames += 1;
    this.#lastSentAt = performance.now();
  }

  #sendSound(dueSamples: number): void {
    if (this.#audio === undefined || dueSamples === this.#samples) return;
    this.#audio.write(toneSamples(this.#samples, dueSamples));
    this.#samples = dueSamples;
  }
}

/** What FFmpeg says on standard error, its last lines at most. */
function collectText(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2000);
  });
  return () => text.trim();
}
