import { computed, signal } from '@preact/signals';
import type { EngineProblem, EngineReading, SeekWindow, StreamProtocol } from '../engines/index.ts';
import { askForRefusal } from '../refusal/index.ts';
import { nextStart } from './kept-time.ts';
import { KeptTimes } from './kept-times.ts';
import { type Motion, MotionWatch } from './motion.ts';
import { type PageAddress, pastUrl } from './page-address.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Screen } from './screen.ts';
import { Seats } from './seats.ts';
import { problemCode, Viewing } from './viewing.ts';
import { stateAfter, type TroubleState, type WatchState } from './watch-state.ts';

const LOOK_INTERVAL_MS = 250;
const STILL_MS = 700;
const SILENT_MS = 4000;
const GIVE_UP_MS = 20_000;
const STUCK_MS = 12_000;
const STEADY_MS = 8000;
/** A try that shows nothing is given this many times as long at most: a busy machine takes longer to begin. */
const MOST_PATIENCE = 8;
const PAUSE_KEPT_MS = 60_000;
/** Of moments chosen in quick succession, only the last is gone to. */
const SETTLED_AFTER_MS = 150;

/** Keeps trying: makes one engine after another until the page is left, and says in `state` how it stands. */
export class WatchSession {
  readonly state = signal<WatchState>({ kind: 'idle' });
  readonly protocol;
  readonly isSoundBlocked = signal(false);
  /** Follows the engine a few times a second. */
  readonly seekWindow = signal<SeekWindow | undefined>(undefined);
  /** A moment of the past that is on its way. */
  readonly comingMs = signal<number | undefined>(undefined);
  /** The viewer watches what is past, in the playlist of live or in another. */
  readonly isBehind = computed(() => this.comingMs.value !== undefined || this.seekWindow.value?.isBack === true);
  readonly screen: Screen;
  readonly times: KeptTimes;
  readonly #address: PageAddress;
  readonly #seats: Seats;
  #viewing: Viewing;
  /** Where to begin the next time; undefined for live. */
  #startMs: number | undefined;
  #change: { readonly since: number; readonly timer: number } | undefined;
  #staysPaused = false;
  #motion = new MotionWatch(performance.now());
  #attempt = 0;
  #patience = 1;
  #retryTimer = 0;
  #hasPlayed = false;
  #hasPlayedThisAttempt = false;
  #paused: { readonly at: number; readonly wallMs: number | undefined } | undefined;

  constructor(screen: Screen, address: PageAddress, protocol: StreamProtocol) {
    this.screen = screen;
    this.#address = address;
    this.protocol = signal(protocol);
    this.times = new KeptTimes(address.timelineUrl);
    this.#seats = new Seats({
      screen,
      onProblem: (problem) => void this.#afterProblem(problem),
      onSwap: () => this.#swap(),
    });
    this.#viewing = new Viewing(() => this.#video, { app: address.app, stream: address.stream, protocol });
    window.setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    document.addEventListener('visibilitychange', () => this.#motion.excuse(performance.now()));
  }

  get #video(): HTMLVideoElement {
    return this.screen.shown.value;
  }

  get viewing(): Viewing {
    return this.#viewing;
  }

  reading(): EngineReading {
    return this.#seats.engine?.reading() ?? { receivedBytes: 0, levels: [], hasAuto: false, levelSwitches: 0 };
  }

  /** The viewer wants to watch now: at the beginning, or instead of waiting for the next try. */
  start(): void {
    this.#paused = undefined;
    this.state.value = { kind: 'connecting' };
    void this.#try();
  }

  chooseProtocol(protocol: StreamProtocol): void {
    if (protocol === this.protocol.value) return;
    this.protocol.value = protocol;
    this.#keepPlace();
    this.#closeEngine();
    this.#viewing.close();
    this.#viewing = new Viewing(() => this.#video, { app: this.#address.app, stream: this.#address.stream, protocol });
    this.#attempt = 0;
    if (this.state.value.kind !== 'idle') this.start();
  }

  chooseLevel(index: number | undefined): void {
    this.#seats.engine?.chooseLevel(index);
  }

  togglePlaying(): void {
    if (this.#change) this.#staysPaused = !this.#staysPaused;
    else if (!this.#seats.engine) this.start();
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

  /** A viewer who went back stays there, also over a pause. */
  seekTo(positionS: number): void {
    this.#seats.engine?.seekTo(positionS);
    this.#motion.excuse(performance.now());
    this.seekWindow.value = this.#seats.engine?.seekWindow();
    if (this.#paused) this.#paused = { at: performance.now(), wallMs: this.#placeMs() };
  }

  /** Goes to a moment of the past, in the playlist that plays or in one of its own. */
  seekToTime(wallMs: number): void {
    const position = this.#change ? undefined : this.#seats.engine?.seekWindow()?.positionAt(wallMs);
    if (position === undefined) this.#goTo(wallMs);
    else this.seekTo(position);
  }

  spriteUrl(): string | undefined {
    return this.#seats.engine?.spriteUrl();
  }

  /** Where the server tells of small pictures of what it kept, whatever plays, if anything does. */
  keptSpriteUrl(): string | undefined {
    return this.times.kept.value && (this.spriteUrl() ?? this.#address.spriteUrl);
  }

  seekToLive(): void {
    if (this.isPast) {
      this.#goTo(undefined);
      return;
    }
    this.#seats.engine?.seekToLive();
    this.seekWindow.value = this.#seats.engine?.seekWindow();
    if (this.#video.paused) void this.#play();
  }

  /** What plays, or is to be played, is of a playlist of the past. */
  get isPast(): boolean {
    return this.#startMs !== undefined;
  }

  async #try(): Promise<void> {
    this.#keepPlace();
    this.#closeEngine();
    this.#hasPlayedThisAttempt = false;
    this.#motion = new MotionWatch(performance.now());
    this.#viewing.meter.want(performance.now());
    if (await this.#seats.open(this.#showing())) await this.#play();
  }

  #showing() {
    const expectsLive = this.state.value.kind === 'ended';
    return { protocol: this.protocol.value, url: this.#url(), startMs: this.#startMs, expectsLive };
  }

  /** Undefined is live. What is seen stands still until there is a picture from there. */
  #goTo(wallMs: number | undefined, isPaused = this.#change ? this.#staysPaused : this.#video.paused): void {
    this.#startMs = wallMs;
    this.comingMs.value = wallMs;
    if (!this.#seats.engine) {
      this.start();
      return;
    }
    this.#staysPaused = isPaused && wallMs !== undefined;
    this.#seats.hold();
    window.clearTimeout(this.#change?.timer);
    window.clearTimeout(this.#retryTimer);
    const show = () => void this.#seats.openUnseen(this.#showing(), () => this.#afterChange());
    this.#change = { since: performance.now(), timer: window.setTimeout(show, SETTLED_AFTER_MS) };
    this.#viewing.meter.rest(performance.now());
    this.state.value = { kind: 'buffering' };
  }

  #afterChange(): void {
    this.#change = undefined;
    this.comingMs.value = undefined;
    this.#paused = undefined;
    this.#hasPlayedThisAttempt = true;
    this.#motion = new MotionWatch(performance.now());
    this.seekWindow.value = this.#seats.engine?.seekWindow();
    if (this.#staysPaused) this.#video.pause();
    else void this.#play();
  }

  /** Whoever watches the past goes on there when the engine has to be another. */
  #keepPlace(): void {
    const window = this.#change ? undefined : this.#seats.engine?.seekWindow();
    if (!window?.isBack || !this.times.kept.value) return;
    this.#startMs = window.wallMsAt(window.positionS) ?? this.#startMs;
    this.comingMs.value = this.#startMs;
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

  /** A playlist goes on over a pause, so that its place may be in it no more. */
  #resume(): void {
    const paused = this.#paused;
    const window = this.#seats.engine?.seekWindow();
    this.#paused = undefined;
    this.#motion.excuse(performance.now());
    if (!window?.isBack) this.seekToLive();
    else if (paused?.wallMs !== undefined && this.#hasGoneBy(window, paused.at)) this.#goTo(paused.wallMs, false);
    else void this.#play();
  }

  /** A playlist of the past is not followed over a pause. */
  #hasGoneBy(window: SeekWindow, sinceMs: number): boolean {
    const goneS = window.isPast ? (performance.now() - sinceMs) / 1000 : 0;
    return this.times.kept.value !== undefined && window.positionS - goneS < window.startS;
  }

  async #afterProblem(problem: EngineProblem): Promise<void> {
    const endMs = this.#placeMs();
    if (problem.kind !== 'ended') this.#keepPlace();
    const asked = this.#url();
    if (problem.kind === 'ended' && this.isPast && this.#goOnAfter(endMs)) return;
    this.#closeEngine();
    const { generation } = this.#seats;
    const code = problemCode(problem);
    if (code) this.#viewing.meter.fail(code);
    this.#viewing.meter.rest(performance.now());
    if (isLapsedToken(problem) && this.#hasPlayedThisAttempt) return void this.#try();
    const refusal = needsWords(problem) ? await askForRefusal(asked, generation) : undefined;
    if (generation.aborted) return;
    if (isForGood(problem)) this.#leavePast();
    if (problem.kind === 'ended') void this.times.ask();
    else if (isForGood(problem)) this.times.askIfOld(false);
    this.#scheduleTry(stateAfter(problem, this.#hasPlayed, refusal));
  }

  #placeMs(): number | undefined {
    const window = this.#seats.engine?.seekWindow();
    return window?.wallMsAt(window.positionS);
  }

  /** Over a gap to what the server kept next; false where that is nothing. */
  #goOnAfter(endMs: number | undefined): boolean {
    const { spans } = this.times.kept.value ?? { spans: [] };
    const next = endMs === undefined ? undefined : nextStart(spans, endMs);
    if (next !== undefined) this.#goTo(next);
    return next !== undefined;
  }

  #leavePast(): void {
    this.#startMs = undefined;
    this.comingMs.value = undefined;
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

  /** A picture of other size at another time, but no stall: nobody saw it begin. */
  #swap(): void {
    this.screen.swap();
    this.#motion.excuse(performance.now());
  }

  #closeEngine(): void {
    window.clearTimeout(this.#retryTimer);
    window.clearTimeout(this.#change?.timer);
    this.#change = undefined;
    this.#seats.close();
  }

  #look(): void {
    const now = performance.now();
    const { engine } = this.#seats;
    this.seekWindow.value = engine?.seekWindow();
    if (!engine) return;
    if (this.#change) {
      if (now - this.#change.since > STUCK_MS) void this.#try();
      return;
    }
    if (this.#video.paused && this.#hasPlayedThisAttempt) {
      this.#lookAtPause(now);
      return;
    }
    this.#paused = undefined;
    const { currentTime, readyState } = this.#video;
    const motion = this.#motion.look(now, currentTime, engine.reading().receivedBytes, readyState >= 2);
    if (motion.hasMoved) this.#onMotion(motion, now);
    else if (!document.hidden) this.#onStillness(motion, now);
  }

  #lookAtPause(now: number): void {
    this.#paused ??= { at: now, wallMs: this.#placeMs() };
    this.#viewing.meter.rest(now);
    if (this.state.value.kind !== 'paused') this.state.value = { kind: 'paused' };
    if (now - this.#paused.at > PAUSE_KEPT_MS) {
      this.#keepPlace();
      if (this.isPast) this.#startMs = this.#paused.wallMs ?? this.#startMs;
      this.#closeEngine();
      this.state.value = { kind: 'idle' };
    }
  }

  #onMotion(motion: Motion, now: number): void {
    this.#hasPlayed = true;
    this.#hasPlayedThisAttempt = true;
    this.#viewing.meter.play(now);
    this.comingMs.value = undefined;
    if (!document.hidden) this.times.askIfOld(!this.isPast);
    if (motion.movingForMs > STEADY_MS) {
      this.#attempt = 0;
      this.#patience = 1;
    }
    if (this.state.value.kind !== 'live') this.state.value = { kind: 'live' };
  }

  #onStillness(motion: Motion, now: number): void {
    const isSilent = motion.silentForMs > SILENT_MS;
    if (motion.stillForMs > (isSilent ? GIVE_UP_MS : STUCK_MS) * this.#patience) {
      if (!this.#hasPlayedThisAttempt) this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
      return void this.#try();
    }
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
    const { flvUrl, hlsUrl } = this.#address;
    const live = this.protocol.value === 'flv' ? flvUrl : hlsUrl;
    return this.#viewing.urlOf(this.#startMs === undefined ? live : pastUrl(hlsUrl, this.#startMs));
  }
}

/** The token in a media playlist's path lapses; a new multivariant playlist brings a new one. */
function isLapsedToken(problem: EngineProblem): boolean {
  return problem.kind === 'http' && problem.status === 403;
}

function needsWords(problem: EngineProblem): boolean {
  return problem.kind === 'http' && problem.status !== 404 && problem.status !== 410;
}

/** Asked again for the same moment, the server would say the same. */
function isForGood(problem: EngineProblem): boolean {
  return problem.kind === 'ended' || (problem.kind === 'http' && [400, 404, 410].includes(problem.status));
}
