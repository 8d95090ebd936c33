import { signal } from '@preact/signals';
import {
  type Engine,
  type EngineProblem,
  type EngineReading,
  openEngine,
  type StreamProtocol,
} from '../engines/index.ts';
import { askForRefusal } from '../refusal/index.ts';
import { type Motion, MotionWatch } from './motion.ts';
import type { PageAddress } from './page-address.ts';
import { retryDelayMs } from './retry-delay.ts';
import { problemCode, Viewing } from './viewing.ts';
import { stateAfter, type TroubleState, type WatchState } from './watch-state.ts';

const LOOK_INTERVAL_MS = 250;
const STILL_MS = 700;
const SILENT_MS = 4000;
const GIVE_UP_MS = 20_000;
const STUCK_MS = 12_000;
const STEADY_MS = 8000;
const PAUSE_KEPT_MS = 60_000;

/** Keeps trying: makes one engine after another until the page is left, and says in `state` how it stands. */
export class WatchSession {
  readonly state = signal<WatchState>({ kind: 'idle' });
  readonly protocol;
  readonly isSoundBlocked = signal(false);
  readonly #video: HTMLVideoElement;
  readonly #address: PageAddress;
  #viewing: Viewing;
  #engine: Engine | undefined;
  #motion = new MotionWatch(performance.now());
  #attempt = 0;
  #generation = new AbortController();
  #retryTimer = 0;
  #hasPlayed = false;
  #hasPlayedThisAttempt = false;
  #pausedAt: number | undefined;

  constructor(video: HTMLVideoElement, address: PageAddress, protocol: StreamProtocol) {
    this.#video = video;
    this.#address = address;
    this.protocol = signal(protocol);
    this.#viewing = new Viewing(video, { app: address.app, stream: address.stream, protocol });
    window.setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    document.addEventListener('visibilitychange', () => this.#motion.excuse(performance.now()));
  }

  get viewing(): Viewing {
    return this.#viewing;
  }

  reading(): EngineReading {
    return this.#engine?.reading() ?? { receivedBytes: 0, levels: [] };
  }

  /** The viewer wants to watch now: at the beginning, or instead of waiting for the next try. */
  start(): void {
    this.#pausedAt = undefined;
    this.state.value = { kind: 'connecting' };
    void this.#try();
  }

  chooseProtocol(protocol: StreamProtocol): void {
    if (protocol === this.protocol.value) return;
    this.protocol.value = protocol;
    this.#closeEngine();
    this.#viewing.close();
    this.#viewing = new Viewing(this.#video, { app: this.#address.app, stream: this.#address.stream, protocol });
    this.#attempt = 0;
    if (this.state.value.kind !== 'idle') this.start();
  }

  chooseLevel(index: number | undefined): void {
    this.#engine?.chooseLevel(index);
  }

  togglePlaying(): void {
    if (!this.#engine) this.start();
    else if (this.#video.paused) this.#resume();
    else this.#video.pause();
  }

  toggleMuted(): void {
    if (this.#video.muted) this.unmute();
    else this.#video.muted = true;
  }

  /** Called by a viewer's own press, which is what lets a browser give sound. */
  unmute(): void {
    this.isSoundBlocked.value = false;
    this.#video.muted = false;
    if (this.#video.volume === 0) this.#video.volume = 0.5;
  }

  seekToLive(): void {
    this.#engine?.seekToLive();
    if (this.#video.paused) void this.#play();
  }

  async #try(): Promise<void> {
    this.#closeEngine();
    this.#hasPlayedThisAttempt = false;
    this.#motion = new MotionWatch(performance.now());
    this.#viewing.meter.want(performance.now());
    const { signal: aborted } = this.#generation;
    const onProblem = (problem: EngineProblem) => {
      if (!aborted.aborted) void this.#afterProblem(problem);
    };
    try {
      const expectsLive = this.state.value.kind === 'ended';
      const options = { video: this.#video, url: this.#url(), expectsLive, onProblem };
      const engine = await openEngine(this.protocol.value, options);
      if (aborted.aborted) return engine.close();
      this.#engine = engine;
      await this.#play();
    } catch {
      onProblem({ kind: 'network' });
    }
  }

  /** A browser that lets no sound begin by itself gets a silent start, and the page a button. */
  async #play(): Promise<void> {
    try {
      await this.#video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.#video.muted) return;
      this.#video.muted = true;
      this.isSoundBlocked.value = true;
      await this.#video.play().catch(() => undefined);
    }
  }

  #resume(): void {
    this.#pausedAt = undefined;
    this.#motion.excuse(performance.now());
    this.seekToLive();
  }

  async #afterProblem(problem: EngineProblem): Promise<void> {
    this.#closeEngine();
    const { signal: aborted } = this.#generation;
    const code = problemCode(problem);
    if (code) this.#viewing.meter.fail(code);
    this.#viewing.meter.rest(performance.now());
    if (isLapsedToken(problem) && this.#hasPlayedThisAttempt) return void this.#try();
    const refusal = needsWords(problem) ? await askForRefusal(this.#url(), aborted) : undefined;
    if (!aborted.aborted) this.#scheduleTry(stateAfter(problem, this.#hasPlayed, refusal));
  }

  #scheduleTry(state: TroubleState): void {
    const delay = retryDelayMs(state, this.#attempt, Math.random());
    this.#attempt += 1;
    this.state.value = { ...state, retryAt: performance.now() + delay };
    this.#retryTimer = window.setTimeout(() => {
      this.state.value = state;
      void this.#try();
    }, delay);
  }

  #closeEngine(): void {
    window.clearTimeout(this.#retryTimer);
    this.#generation.abort();
    this.#generation = new AbortController();
    this.#engine?.close();
    this.#engine = undefined;
  }

  #look(): void {
    const now = performance.now();
    if (!this.#engine) return;
    if (this.#video.paused && this.#hasPlayedThisAttempt) {
      this.#lookAtPause(now);
      return;
    }
    this.#pausedAt = undefined;
    const motion = this.#motion.look(now, this.#video.currentTime, this.#engine.reading().receivedBytes);
    if (motion.hasMoved && this.#video.readyState >= 2) this.#onMotion(motion, now);
    else if (!document.hidden) this.#onStillness(motion, now);
  }

  #lookAtPause(now: number): void {
    this.#pausedAt ??= now;
    this.#viewing.meter.rest(now);
    if (this.state.value.kind !== 'paused') this.state.value = { kind: 'paused' };
    if (now - this.#pausedAt > PAUSE_KEPT_MS) {
      this.#closeEngine();
      this.state.value = { kind: 'idle' };
    }
  }

  #onMotion(motion: Motion, now: number): void {
    this.#hasPlayed = true;
    this.#hasPlayedThisAttempt = true;
    this.#viewing.meter.play(now);
    if (motion.movingForMs > STEADY_MS) this.#attempt = 0;
    if (this.state.value.kind !== 'live') this.state.value = { kind: 'live' };
  }

  #onStillness(motion: Motion, now: number): void {
    const isSilent = motion.silentForMs > SILENT_MS;
    if (motion.stillForMs > (isSilent ? GIVE_UP_MS : STUCK_MS)) return void this.#try();
    if (motion.stillForMs < STILL_MS) return;
    if (isSilent && motion.stillForMs > SILENT_MS) {
      this.#viewing.meter.rest(now);
      if (['connecting', 'live', 'buffering'].includes(this.state.value.kind)) {
        this.state.value = { kind: 'waiting', because: 'interrupted' };
      }
    } else if (this.state.value.kind === 'live') {
      this.#viewing.meter.stall(now);
      this.state.value = { kind: 'buffering' };
    }
  }

  #url(): string {
    return this.protocol.value === 'flv' ? this.#address.flvUrl : this.#address.hlsUrl;
  }
}

/** The token in a media playlist's path lapses; a new multivariant playlist brings a new one. */
function isLapsedToken(problem: EngineProblem): boolean {
  return problem.kind === 'http' && problem.status === 403;
}

function needsWords(problem: EngineProblem): boolean {
  return problem.kind === 'http' && problem.status !== 404 && problem.status !== 410;
}
