import { liveGap } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading } from './engine.ts';

/** Gives the playlist to the video element itself, as an iPhone without MSE needs it. */
export function openNativeEngine(options: EngineOptions): Engine {
  return new NativeEngine(options);
}

class NativeEngine implements Engine {
  readonly protocol = 'native';
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #onProblem: (problem: EngineProblem) => void;
  readonly #onEnded = () => this.#onProblem({ kind: 'ended' });
  readonly #onError = () => void this.#explain();
  readonly #abort = new AbortController();

  constructor({ video, url, onProblem }: EngineOptions) {
    this.#video = video;
    this.#url = url;
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
      ...(playedAt !== undefined && { latencyMs: Math.max(0, Date.now() - playedAt) }),
    };
  }

  seekToLive(): void {
    const gap = liveGap(this.#video.seekable, this.#video.currentTime);
    if (gap) this.#video.currentTime = gap.endS;
  }

  chooseLevel(): void {}

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
