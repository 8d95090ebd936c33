import { type ReadonlySignal, signal } from '@preact/signals';
import { type Engine, type EngineProblem, loadEngine, type StreamProtocol } from '../../../engines/index.ts';
import { askForRefusal } from '../../../refusal/index.ts';
import { Screen } from '../../../watch/screen.ts';
import { pageWords } from './words.ts';

const RETRY_MS = 3000;
const LOOK_MS = 500;

export type PlayerState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'playing'; readonly latencyMs?: number }
  | { readonly kind: 'trouble'; readonly words: string; readonly remedy?: string };

/** Where a stream plays for whoever is signed in. */
export type PlayAddress = (protocol: StreamProtocol) => Promise<string | undefined>;

/** Plays one stream into two video elements, by any door, and tries again until it is closed. */
export class PlayerSession {
  readonly state: ReadonlySignal<PlayerState>;
  readonly #state = signal<PlayerState>({ kind: 'idle' });
  readonly #screen: Screen;
  readonly #addressOf: PlayAddress;
  #attempt = new AbortController();
  #engine: Engine | undefined;

  constructor(shown: HTMLVideoElement, spare: HTMLVideoElement, addressOf: PlayAddress) {
    this.state = this.#state;
    this.#screen = new Screen(shown, spare);
    this.#addressOf = addressOf;
  }

  async play(protocol: StreamProtocol): Promise<void> {
    this.stop();
    const { signal: wanted } = this.#attempt;
    this.#state.value = { kind: 'connecting' };
    const url = await this.#addressOf(protocol);
    if (wanted.aborted || url === undefined) return;
    const onProblem = (problem: EngineProblem) => {
      if (!wanted.aborted) void this.#afterProblem(problem, protocol, url);
    };
    const screen = this.#screen;
    try {
      const openEngine = await loadEngine(protocol, false);
      if (wanted.aborted) return;
      const video = screen.shown.value;
      const engine = openEngine({
        ...{ video, url, onProblem },
        spare: () => screen.spare,
        onSwap: () => screen.swap(),
        expectsLive: false,
      });
      this.#engine = engine;
      video.muted = true;
      void video.play().catch(() => undefined);
      this.#look(engine, wanted);
    } catch {
      onProblem({ kind: 'network' });
    }
  }

  stop(): void {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#engine?.close();
    this.#engine = undefined;
    this.#state.value = { kind: 'idle' };
  }

  #look(engine: Engine, wanted: AbortSignal): void {
    const timer = window.setInterval(() => {
      const video = this.#screen.shown.value;
      if (video.readyState < 2) return;
      const { latencyMs } = engine.reading();
      this.#state.value = { kind: 'playing', ...(latencyMs !== undefined && { latencyMs }) };
    }, LOOK_MS);
    wanted.addEventListener('abort', () => window.clearInterval(timer));
  }

  async #afterProblem(problem: EngineProblem, protocol: StreamProtocol, url: string): Promise<void> {
    this.stop();
    const { signal: waiting } = this.#attempt;
    this.#state.value = { kind: 'trouble', words: wordsOf(problem) };
    if (problem.kind === 'http') {
      const refusal = await askForRefusal(url, waiting);
      if (waiting.aborted) return;
      if (refusal) this.#state.value = { kind: 'trouble', words: refusal.reason, ...pick(refusal.remedy) };
    }
    if (problem.kind === 'codec') return;
    const timer = window.setTimeout(() => void this.play(protocol), RETRY_MS);
    waiting.addEventListener('abort', () => window.clearTimeout(timer));
  }
}

function pick(remedy: string | undefined): { readonly remedy?: string } {
  return remedy === undefined ? {} : { remedy };
}

function wordsOf(problem: EngineProblem): string {
  const words = pageWords();
  switch (problem.kind) {
    case 'http':
      return words.refused(problem.status);
    case 'ended':
      return words.ended;
    case 'codec':
    case 'media':
      return words.codec(problem.detail);
    default:
      return words.network;
  }
}
