import { type Engine, type EngineProblem, loadEngine, onceShown, type StreamProtocol } from '../engines/index.ts';
import type { Screen } from './screen.ts';

/** What an engine is to play. */
export type Showing = {
  readonly protocol: StreamProtocol;
  readonly url: string;
  /** Undefined for live. */
  readonly startMs: number | undefined;
  readonly expectsLive: boolean;
};

export type SeatsOptions = {
  readonly screen: Screen;
  /** Of the newest engine; called at most once for each. */
  readonly onProblem: (problem: EngineProblem) => void;
  /** Another element is to be seen. */
  readonly onSwap: () => void;
};

/** The engine that is seen, and one that begins unseen to take its place. */
export class Seats {
  readonly #options: SeatsOptions;
  #engine: Engine | undefined;
  #next: Engine | undefined;
  #generation = new AbortController();

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  /** That which is seen. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Aborted as soon as another engine is wanted, or none. */
  get generation(): AbortSignal {
    return this.#generation.signal;
  }

  /** Begins anew in the element that is seen; false where that is wanted no more. */
  async open(showing: Showing): Promise<boolean> {
    this.close();
    const { generation } = this;
    await this.#make(showing, this.#options.screen.shown.value, (engine) => {
      this.#engine = engine;
    });
    return !generation.aborted;
  }

  /** Begins unseen; what is seen stands still until there is a picture to take its place. */
  async openUnseen(showing: Showing, onShown: () => void): Promise<void> {
    this.hold();
    const { generation } = this;
    const video = this.#options.screen.spare;
    await this.#make(showing, video, (engine) => {
      this.#next = engine;
      const stop = onceShown(video, () => {
        this.#take(engine);
        onShown();
      });
      generation.addEventListener('abort', stop, { once: true });
      void video.play().catch(() => undefined);
    });
  }

  /** Leaves nothing but the picture that is seen. */
  hold(): void {
    this.#renew();
    this.#engine?.hold();
  }

  close(): void {
    this.#renew();
    this.#engine?.close();
    this.#engine = undefined;
  }

  #take(engine: Engine): void {
    const before = this.#engine;
    this.#engine = engine;
    this.#next = undefined;
    this.#options.onSwap();
    before?.close();
  }

  #renew(): void {
    this.#generation.abort();
    this.#generation = new AbortController();
    this.#next?.close();
    this.#next = undefined;
  }

  async #make(showing: Showing, video: HTMLVideoElement, take: (engine: Engine) => void): Promise<void> {
    const { screen, onSwap, onProblem } = this.#options;
    const wanted = this.generation;
    const report = (problem: EngineProblem) => {
      if (!wanted.aborted) onProblem(problem);
    };
    try {
      const { protocol, ...rest } = showing;
      const options = { ...rest, video, spare: () => screen.spare, onSwap, onProblem: report };
      const openEngine = await loadEngine(protocol, showing.startMs !== undefined);
      if (!wanted.aborted) take(openEngine(options));
    } catch {
      report({ kind: 'network' });
    }
  }
}
