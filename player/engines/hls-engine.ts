import type Hls from 'hls.js';
import type { ErrorData, FragBufferedData, HlsConfig, LevelUpdatedData } from 'hls.js';
import workerUrl from 'hls.js/dist/hls.worker.js?url';
import { bufferedAheadMs } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading } from './engine.ts';
import { RateWindow } from './rate-window.ts';

const RATE_WINDOW_S = 8;
/** Later than the target latency by more than this, speed alone does not catch up: hls.js gives it up. */
const JUMP_BEHIND_S = { llhls: 1.5, hls: 4 };

/** Plays HLS by hls.js; with `isLowLatency` it loads parts and stays close to the newest. */
export async function openHlsEngine(options: EngineOptions & { isLowLatency: boolean }): Promise<Engine> {
  const { default: HlsPlayer } = await import('hls.js');
  const hls = new HlsPlayer(configFor(options.isLowLatency, HlsPlayer.DefaultConfig));
  return new HlsEngine(HlsPlayer, hls, options);
}

/** The multivariant playlist is tried once per attempt, so that a 404 shows at once; the session does the waiting. */
function configFor(isLowLatency: boolean, defaults: HlsConfig): Partial<HlsConfig> {
  const manifest = defaults.manifestLoadPolicy.default;
  return {
    workerPath: workerUrl,
    lowLatencyMode: isLowLatency,
    backBufferLength: 30,
    maxLiveSyncPlaybackRate: isLowLatency ? 1.1 : 1.02,
    // Its default of 1 s a stall would leave one hiccup at the start behind for good.
    ...(isLowLatency ? { liveSyncOnStallIncrease: 0.25 } : {}),
    manifestLoadPolicy: { default: { ...manifest, errorRetry: null, timeoutRetry: null } },
    ...(isLowLatency ? {} : { liveSyncDurationCount: 3 }),
  };
}

class HlsEngine implements Engine {
  readonly protocol: 'hls' | 'llhls';
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #onProblem: (problem: EngineProblem) => void;
  readonly #rate = new RateWindow(RATE_WINDOW_S);
  readonly #onEnded = () => this.#report({ kind: 'ended' });
  #receivedBytes = 0;
  #mediaErrors = 0;
  #isClosed = false;

  constructor(library: typeof Hls, hls: Hls, options: EngineOptions & { isLowLatency: boolean }) {
    this.protocol = options.isLowLatency ? 'llhls' : 'hls';
    this.#hls = hls;
    this.#video = options.video;
    this.#onProblem = options.onProblem;
    hls.on(library.Events.ERROR, (_event, data) => this.#onError(data));
    hls.on(library.Events.FRAG_BUFFERED, (_event, data) => this.#count(data));
    hls.on(library.Events.LEVEL_LOADED, (_event, { details }) => {
      if (options.expectsLive && !details.live) this.#report({ kind: 'ended' });
    });
    hls.on(library.Events.LEVEL_UPDATED, (_event, data) => {
      this.#endWhenStarved(data);
      if (data.details.live) this.#keepLive();
    });
    options.video.addEventListener('ended', this.#onEnded);
    hls.attachMedia(options.video);
    hls.loadSource(options.url);
  }

  reading(): EngineReading {
    const level = this.#hls.levels[this.#hls.currentLevel] ?? this.#hls.levels[this.#hls.loadLevel];
    const kbps = this.#rate.kbps();
    const latencyMs = this.#latencyMs();
    return {
      receivedBytes: this.#receivedBytes,
      levels: this.#hls.levels.map((each, index) => ({ index, label: levelLabel(each) })).reverse(),
      ...(latencyMs !== undefined && { latencyMs }),
      ...(kbps !== undefined && { bitrateKbps: kbps }),
      ...(level?.videoCodec && { videoCodec: level.videoCodec }),
      ...(level?.audioCodec && { audioCodec: level.audioCodec }),
      ...(level && { playingLevel: levelLabel(level) }),
      ...(!this.#hls.autoLevelEnabled && { chosenLevel: this.#hls.loadLevel }),
    };
  }

  seekToLive(): void {
    const position = this.#hls.liveSyncPosition;
    if (position !== null) this.#video.currentTime = position;
  }

  chooseLevel(index: number | undefined): void {
    this.#hls.nextLevel = index ?? -1;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#video.removeEventListener('ended', this.#onEnded);
    this.#hls.destroy();
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
    const isLoaded = currentTime + bufferedAheadMs(buffered, currentTime) / 1000 > liveSyncPosition;
    if (isLoaded && latency - targetLatency > JUMP_BEHIND_S[this.protocol]) this.seekToLive();
  }

  /** A playlist that ends while nothing is left to play never fires the element's own `ended`. */
  #endWhenStarved({ details }: LevelUpdatedData): void {
    if (!details.live && this.#video.currentTime >= details.edge - 0.1) this.#report({ kind: 'ended' });
  }

  #onError(data: ErrorData): void {
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

function hlsProblem(data: ErrorData): EngineProblem {
  const status = data.response?.code ?? 0;
  if (status >= 400) return { kind: 'http', status };
  if (isCodecProblem(data)) return { kind: 'codec', detail: data.error?.message ?? data.details };
  if (data.type === 'networkError') return { kind: 'network' };
  return { kind: 'media', detail: data.error?.message ?? data.details };
}

function isCodecProblem(data: ErrorData): boolean {
  return /Codec/.test(data.details);
}

function levelLabel(level: { height: number; bitrate: number; name?: string | undefined }): string {
  if (level.height > 0) return `${level.height}p`;
  return level.name || `${Math.round(level.bitrate / 1000)} kbit/s`;
}
