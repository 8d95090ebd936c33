import type Hls from 'hls.js';
import type { ErrorData, FragBufferedData, HlsConfig, Level, LevelDetails, LevelUpdatedData } from 'hls.js';
import workerUrl from 'hls.js/dist/hls.worker.js?url';
import { bufferedAheadMs } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading, OpenEngine, SeekWindow } from './engine.ts';
import { keepLoadingParts } from './keep-loading-parts.ts';
import { levelWords } from './level-words.ts';
import { RateWindow } from './rate-window.ts';
import { positionIn, spriteUrlOf, wallMsIn } from './timeline.ts';
import { wantedLevel } from './wanted-level.ts';
import { WarmSwitching } from './warm-switching.ts';

const RATE_WINDOW_S = 8;
/** What is expected of a line before it is measured: enough to begin with the stream as it was published. */
const EXPECTED_BPS = 4_000_000;
/** Later than the target latency by more than this, speed alone does not catch up: hls.js gives it up. */
const JUMP_BEHIND_S = { llhls: 1.5, hls: 4 };
/** Nearer to the newest than this is live. */
const LIVE_WITHIN_S = 1;

/** Plays HLS by hls.js; with `isLowLatency` it loads parts and stays close to the newest. */
export async function loadHlsEngine(isLowLatency: boolean): Promise<OpenEngine> {
  const { default: HlsPlayer } = await import('hls.js');
  return (options) => {
    const hls = new HlsPlayer(configFor(isLowLatency, HlsPlayer.DefaultConfig));
    return new HlsEngine(HlsPlayer, hls, { ...options, isLowLatency });
  };
}

/** The multivariant playlist is tried once per attempt, so that a 404 shows at once; the session does the waiting. */
function configFor(isLowLatency: boolean, defaults: HlsConfig): Partial<HlsConfig> {
  const manifest = defaults.manifestLoadPolicy.default;
  return {
    workerPath: workerUrl,
    lowLatencyMode: isLowLatency,
    backBufferLength: 30,
    abrEwmaDefaultEstimate: EXPECTED_BPS,
    maxLiveSyncPlaybackRate: fastestRate(isLowLatency),
    // Its default of 1 s a stall would leave one hiccup at the start behind for good.
    ...(isLowLatency ? { liveSyncOnStallIncrease: 0.25 } : {}),
    manifestLoadPolicy: { default: { ...manifest, errorRetry: null, timeoutRetry: null } },
    ...(isLowLatency ? {} : { liveSyncDurationCount: 3 }),
  };
}

function fastestRate(isLowLatency: boolean): number {
  return isLowLatency ? 1.1 : 1.02;
}

class HlsEngine implements Engine {
  readonly protocol: 'hls' | 'llhls';
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #onProblem: (problem: EngineProblem) => void;
  readonly #rate = new RateWindow(RATE_WINDOW_S);
  readonly #onEnded = () => this.#report({ kind: 'ended' });
  readonly #startMs: number | undefined;
  readonly #listening = new AbortController();
  #receivedBytes = 0;
  #mediaErrors = 0;
  /** By level, the last segment that a playlist had. */
  readonly #lastSNs = new Map<number, number>();
  /** The level that is begun with is none. */
  #switches = -1;
  #isBack = false;
  readonly #warm: WarmSwitching | undefined;
  #coming: { readonly level: number; readonly abort: AbortController } | undefined;
  #isClosed = false;

  constructor(library: typeof Hls, hls: Hls, options: EngineOptions & { isLowLatency: boolean }) {
    this.protocol = options.isLowLatency ? 'llhls' : 'hls';
    this.#hls = hls;
    this.#video = options.video;
    this.#onProblem = options.onProblem;
    this.#startMs = options.startMs;
    if (this.#isPast) this.#stayBack(true);
    hls.on(library.Events.ERROR, (_event, data) => this.#onError(data));
    hls.on(library.Events.FRAG_BUFFERED, (_event, data) => this.#count(data));
    if (options.isLowLatency) {
      this.#warm = new WarmSwitching(hls, fetchPlaylist);
      keepLoadingParts(hls, library.Events);
    }
    hls.on(library.Events.MANIFEST_PARSED, (_event, { levels }) => {
      const bitrates = levels.map(({ maxBitrate }) => maxBitrate);
      const first = wantedLevel(bitrates, levels.length - 1, EXPECTED_BPS);
      hls.startLevel = first;
      this.#warm?.hold(first);
    });
    hls.on(library.Events.FRAG_PARSED, (_event, { part }) => {
      // hls.js takes the parsing for a part of the loading, which makes any line too slow for parts of a few kilobytes.
      if (part) part.stats.parsing.end = part.stats.loading.end;
    });
    hls.on(library.Events.LEVEL_SWITCHED, () => {
      this.#switches++;
    });
    hls.on(library.Events.LEVEL_LOADED, (_event, { details, level }) => {
      if (options.expectsLive && !details.live) this.#report({ kind: 'ended' });
      if (details.live && this.#goesOnElsewhere(level, details)) this.#report({ kind: 'closed' });
    });
    hls.on(library.Events.LEVEL_UPDATED, (_event, data) => {
      this.#endWhenStarved(data);
      if (data.details.live) this.#keepLive();
    });
    options.video.addEventListener('ended', this.#onEnded);
    if (this.#isPast) this.#playPast();
    hls.attachMedia(options.video);
    hls.loadSource(options.url);
  }

  reading(): EngineReading {
    const index = this.#hls.levels[this.#hls.currentLevel] ? this.#hls.currentLevel : this.#hls.loadLevel;
    const level = this.#hls.levels[index];
    const kbps = this.#rate.kbps();
    const latencyMs = this.#isPast ? undefined : this.#latencyMs();
    return {
      receivedBytes: this.#receivedBytes,
      levels: this.#hls.levels.map((each, at) => ({ index: at, ...wordsOf(each) })).reverse(),
      hasAuto: true,
      levelSwitches: Math.max(0, this.#switches),
      ...(latencyMs !== undefined && { latencyMs }),
      ...(kbps !== undefined && { bitrateKbps: kbps }),
      ...(level?.videoCodec && { videoCodec: level.videoCodec }),
      ...(level?.audioCodec && { audioCodec: level.audioCodec }),
      ...(level && { playingLevel: { index, ...wordsOf(level) } }),
      ...(this.#coming
        ? { chosenLevel: this.#coming.level, comingLevel: this.#coming.level }
        : !this.#hls.autoLevelEnabled && { chosenLevel: this.#hls.loadLevel }),
    };
  }

  seekWindow(): SeekWindow | undefined {
    const details = this.#hls.latestLevelDetails;
    if (!details || !(details.live || this.#isPast)) return undefined;
    const endS = details.live ? this.#hls.liveSyncPosition : details.edge;
    if (endS === null) return undefined;
    const { fragmentStart: startS, fragments } = details;
    const positionS = this.#video.currentTime;
    const positionAt = (wallMs: number) => {
      const at = positionIn(fragments, wallMs);
      return at !== undefined && at <= endS ? at : undefined;
    };
    const wallMsAt = (at: number) => wallMsIn(fragments, at);
    return { startS, endS, positionS, isBack: this.#isBack, isPast: this.#isPast, wallMsAt, positionAt };
  }

  /** Catching up must not pull the viewer forward again. */
  seekTo(positionS: number): void {
    const window = this.seekWindow();
    if (!window) return;
    if (!this.#isPast && positionS > window.endS - LIVE_WITHIN_S) {
      this.seekToLive();
      return;
    }
    this.#stayBack(true);
    this.#video.currentTime = Math.max(window.startS, positionS);
  }

  spriteUrl(): string | undefined {
    const url = this.#hls.latestLevelDetails?.url;
    return url === undefined ? undefined : spriteUrlOf(url);
  }

  seekToLive(): void {
    this.#stayBack(this.#isPast);
    const position = this.#hls.liveSyncPosition;
    if (position !== null) this.#video.currentTime = position;
  }

  /** What is loaded plays to its end; the level begins behind it. */
  chooseLevel(index: number | undefined): void {
    this.#coming?.abort.abort();
    this.#coming = undefined;
    const level = index === undefined ? undefined : this.#hls.levels[index];
    if (index === undefined || !level) {
      this.#warm?.hold(this.#hls.loadLevel);
      this.#hls.loadLevel = -1;
    } else void this.#prepare(index, level.uri);
  }

  /** Asks for the level's playlist first: a rendition that nobody watches yet begins to run only then. */
  async #prepare(level: number, uri: string): Promise<void> {
    const abort = new AbortController();
    this.#coming = { level, abort };
    await fetchPlaylist(uri, abort.signal);
    if (abort.signal.aborted) return;
    this.#coming = undefined;
    this.#hls.loadLevel = level;
  }

  hold(): void {
    this.#coming?.abort.abort();
    this.#hls.stopLoad();
    this.#video.pause();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#coming?.abort.abort();
    this.#warm?.close();
    this.#video.removeEventListener('ended', this.#onEnded);
    this.#listening.abort();
    this.#hls.destroy();
  }

  get #isPast(): boolean {
    return this.#startMs !== undefined;
  }

  /** A playlist of the past goes on while the viewer pauses, and hls.js would go on with it. */
  #playPast(): void {
    const { signal } = this.#listening;
    let isStopped = false;
    const onPause = () => {
      isStopped = true;
      this.#hls.stopLoad();
    };
    const onPlay = () => {
      if (isStopped) this.#hls.startLoad();
      isStopped = false;
    };
    this.#video.addEventListener('loadeddata', () => this.#goToStart(), { once: true, signal });
    this.#video.addEventListener('pause', onPause, { signal });
    this.#video.addEventListener('play', onPlay, { signal });
  }

  /** The playlist begins with the segment that the moment is in. */
  #goToStart(): void {
    const fragments = this.#hls.latestLevelDetails?.fragments ?? [];
    const positionS = this.#startMs === undefined ? undefined : positionIn(fragments, this.#startMs);
    if (positionS !== undefined) this.#video.currentTime = positionS;
  }

  /** EXT-X-PROGRAM-DATE-TIME gives wall-clock latency; without it the distance to the playlist's end must do. */
  #latencyMs(): number | undefined {
    const playing = this.#hls.playingDate;
    if (playing) return Math.max(0, Date.now() - playing.getTime());
    return this.#hls.latency > 0 ? this.#hls.latency * 1000 : undefined;
  }

  #count({ stats, part, frag }: FragBufferedData): void {
    this.#receivedBytes += stats.loaded;
    this.#rate.add(stats.loaded, frag.type === 'main' ? (part?.duration ?? frag.duration) : 0);
  }

  /** Jumps when stalls have left the picture far behind, but only to what is loaded, so that the jump doesn't stall. */
  #keepLive(): void {
    const { liveSyncPosition, targetLatency, latency } = this.#hls;
    const { paused, seeking, currentTime, buffered } = this.#video;
    if (liveSyncPosition === null || targetLatency === null || paused || seeking) return;
    if (this.#isPast) return;
    if (this.#isBack) {
      // What fell out of the window is played no more, and hls.js goes on at its live position.
      if (currentTime > liveSyncPosition - LIVE_WITHIN_S) this.#stayBack(false);
      return;
    }
    const isLoaded = currentTime + bufferedAheadMs(buffered, currentTime) / 1000 > liveSyncPosition;
    if (isLoaded && latency - targetLatency > JUMP_BEHIND_S[this.protocol]) this.seekToLive();
  }

  /** Another server may have begun its playlist behind the end of the one before: hls.js does not find its way there. */
  #goesOnElsewhere(level: number, { startSN, endSN }: LevelDetails): boolean {
    const lastSN = this.#lastSNs.get(level);
    this.#lastSNs.set(level, endSN);
    return !this.#isPast && lastSN !== undefined && startSN > lastSN + 1;
  }

  #stayBack(isBack: boolean): void {
    this.#isBack = isBack;
    this.#hls.config.maxLiveSyncPlaybackRate = isBack ? 1 : fastestRate(this.protocol === 'llhls');
    if (isBack) this.#video.playbackRate = 1;
  }

  /** A playlist that ends while nothing is left to play never fires the element's own `ended`. */
  #endWhenStarved({ details }: LevelUpdatedData): void {
    if (!details.live && this.#video.currentTime >= details.edge - 0.1) this.#report({ kind: 'ended' });
  }

  #onError(data: ErrorData): void {
    if (data.details.startsWith('level')) this.#warm?.release();
    if (!data.fatal || this.#isClosed) return;
    if (data.type === 'mediaError' && !isCodecProblem(data) && this.#mediaErrors < 2) {
      this.#mediaErrors += 1;
      this.#hls.recoverMediaError();
      return;
    }
    this.#report(hlsProblem(data));
  }

  #report(problem: EngineProblem): void {
    if (!this.#isClosed) this.#onProblem(problem);
  }
}

/** Waits until the server has it; whether it does is found out by the player. */
async function fetchPlaylist(uri: string, signal: AbortSignal): Promise<void> {
  await fetch(uri, { signal, cache: 'no-store' })
    .then((answer) => answer.arrayBuffer())
    .catch(() => undefined);
}

function hlsProblem(data: ErrorData): EngineProblem {
  const status = data.response?.code ?? 0;
  // A playlist says what has ended. Media that is not there is that of a server which gave its streams to another one.
  if (data.details.startsWith('frag') && (status === 404 || status === 410)) return { kind: 'closed' };
  if (status >= 400) return { kind: 'http', status };
  if (isCodecProblem(data)) return { kind: 'codec', detail: data.error?.message ?? data.details };
  if (data.type === 'networkError') return { kind: 'network' };
  return { kind: 'media', detail: data.error?.message ?? data.details };
}

function isCodecProblem(data: ErrorData): boolean {
  return /Codec/.test(data.details);
}

function wordsOf(level: Level): { label: string; detail: string } {
  const { width, height, bitrate, attrs, name } = level;
  const frameRate = attrs['FRAME-RATE'] === undefined ? undefined : Number(attrs['FRAME-RATE']);
  const averageBitrate = level.averageBitrate || bitrate;
  return levelWords({ name: attrs['STABLE-VARIANT-ID'] ?? name, width, height, frameRate, bitrate: averageBitrate });
}
