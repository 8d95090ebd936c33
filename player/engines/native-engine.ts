import { liveGap } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading, SeekWindow } from './engine.ts';

/** The element itself plays some segments behind the newest. */
const BACK_S = 15;

/** Gives the playlist to the video element itself, as an iPhone without MSE needs it. */
export function openNativeEngine(options: EngineOptions): Engine {
  return new NativeEngine(options);
}

class NativeEngine implements Engine {
  readonly protocol = 'native';
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #isPast: boolean;
  readonly #onProblem: (problem: EngineProblem) => void;
  readonly #onEnded = () => this.#onProblem({ kind: 'ended' });
  readonly #onError = () => void this.#explain();
  readonly #abort = new AbortController();

  constructor({ video, url, startMs, onProblem }: EngineOptions) {
    this.#video = video;
    this.#url = url;
    this.#isPast = startMs !== undefined;
    this.#onProblem = onProblem;
    video.addEventListener('ended', this.#onEnded);
    video.addEventListener('error', this.#onError);
    video.src = url;
    video.load();
  }

  reading(): EngineReading {
    const startDate = startDateOf(this.#video);
    const playedAt = startDate === undefined ? undefined : startDate + this.#video.currentTime * 1000;
    return {
      receivedBytes: 0,
      levels: [],
      hasAuto: false,
      levelSwitches: 0,
      ...(playedAt !== undefined && !this.#isPast && { latencyMs: Math.max(0, Date.now() - playedAt) }),
    };
  }

  seekWindow(): SeekWindow | undefined {
    const { seekable, currentTime: positionS } = this.#video;
    if (seekable.length === 0) return undefined;
    const [startS, endS] = [seekable.start(0), seekable.end(seekable.length - 1)];
    const startDate = startDateOf(this.#video);
    const wallMsAt = (at: number) => (startDate === undefined ? undefined : startDate + at * 1000);
    const positionAt = (wallMs: number) => {
      const at = startDate === undefined ? Number.NaN : (wallMs - startDate) / 1000;
      return at >= startS && at <= endS ? at : undefined;
    };
    const isPast = this.#isPast;
    return { startS, endS, positionS, isBack: isPast || endS - positionS > BACK_S, isPast, wallMsAt, positionAt };
  }

  seekTo(positionS: number): void {
    this.#video.currentTime = positionS;
  }

  /** The element keeps the address of the session's playlist to itself. */
  spriteUrl(): undefined {
    return undefined;
  }

  seekToLive(): void {
    const gap = liveGap(this.#video.seekable, this.#video.currentTime);
    if (gap) this.#video.currentTime = gap.endS;
  }

  chooseLevel(): void {}

  hold(): void {
    this.#video.pause();
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#video.removeEventListener('ended', this.#onEnded);
    this.#video.removeEventListener('error', this.#onError);
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  /** The element's error carries no status, so the playlist is asked for once more. */
  async #explain(): Promise<void> {
    const message = this.#video.error?.message || 'the browser could not play the playlist';
    try {
      const answer = await fetch(this.#url, { signal: this.#abort.signal });
      this.#onProblem(answer.ok ? { kind: 'media', detail: message } : { kind: 'http', status: answer.status });
    } catch {
      if (!this.#abort.signal.aborted) this.#onProblem({ kind: 'network' });
    }
  }
}

/** Safari's getStartDate gives the wall clock of position 0 from EXT-X-PROGRAM-DATE-TIME. */
function startDateOf(video: HTMLVideoElement & { getStartDate?: () => Date }): number | undefined {
  const time = video.getStartDate?.().getTime();
  return time === undefined || Number.isNaN(time) ? undefined : time;
}
