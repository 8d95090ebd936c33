import type Mpegts from 'mpegts.js';
import { httpUrlOf } from '../refusal/index.ts';
import { liveGap } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading, OpenEngine } from './engine.ts';
import { onceShown } from './first-picture.ts';
import { FlvPlayer, TARGET_LATENCY_S } from './flv-player.ts';
import { type FlvRendition, fetchFlvRenditions } from './flv-renditions.ts';

const JUMP_LATENCY_S = 5;
const CHECK_INTERVAL_MS = 250;
/** A rendition that shows no picture by then is given up. */
const LONGEST_SWITCH_MS = 20_000;

type FlvOptions = Pick<EngineOptions, 'video' | 'spare' | 'onSwap' | 'url' | 'onProblem'>;

/** Plays HTTP-FLV or WebSocket-FLV by mpegts.js: catches up by speed when a little late, by a jump when very late. */
export async function loadFlvEngine(): Promise<OpenEngine> {
  const { default: mpegts } = await import('mpegts.js');
  mpegts.LoggingControl.applyConfig({ enableAll: false });
  return (options) => new FlvEngine(mpegts, options);
}

/** Plays on while the next rendition begins unseen, and shows it with its first picture. */
class FlvEngine implements Engine {
  readonly protocol = 'flv';
  readonly #mpegts: typeof Mpegts;
  readonly #options: FlvOptions;
  readonly #timer: number;
  readonly #abort = new AbortController();
  #player: FlvPlayer;
  #next: { readonly player: FlvPlayer; readonly index: number; readonly stop: () => void } | undefined;
  #renditions: readonly FlvRendition[] = [];
  #playing = 0;
  #earlierBytes = 0;
  #switches = 0;

  constructor(mpegts: typeof Mpegts, options: FlvOptions) {
    this.#mpegts = mpegts;
    this.#options = options;
    const { video, url } = options;
    this.#player = new FlvPlayer(mpegts, { video, url, onProblem: (problem) => this.#failed(this.#player, problem) });
    this.#timer = window.setInterval(() => this.#keepLive(), CHECK_INTERVAL_MS);
    void this.#learn(url);
  }

  reading(): EngineReading {
    const { video, mediaInfo, bitrateKbps, receivedBytes } = this.#player;
    const end = liveGap(video.buffered, video.currentTime)?.behindS;
    const playing = this.#renditions[this.#playing];
    return {
      receivedBytes: this.#earlierBytes + receivedBytes,
      levels: this.#renditions,
      hasAuto: false,
      levelSwitches: this.#switches,
      chosenLevel: this.#next?.index ?? this.#playing,
      ...(playing && { playingLevel: playing }),
      ...(this.#next && { comingLevel: this.#next.index }),
      ...(end !== undefined && { latencyMs: end * 1000 }),
      ...(bitrateKbps !== undefined && { bitrateKbps }),
      ...(mediaInfo.videoCodec && { videoCodec: mediaInfo.videoCodec }),
      ...(mediaInfo.audioCodec && { audioCodec: mediaInfo.audioCodec }),
    };
  }

  seekWindow(): undefined {
    return undefined;
  }

  seekTo(): void {}

  spriteUrl(): undefined {
    return undefined;
  }

  seekToLive(): void {
    const { video } = this.#player;
    const gap = liveGap(video.buffered, video.currentTime);
    if (gap) video.currentTime = Math.max(gap.startS, gap.endS - TARGET_LATENCY_S);
  }

  chooseLevel(index = 0): void {
    this.#dropNext();
    const chosen = this.#renditions[index];
    if (!chosen || index === this.#playing || this.#isClosed) return;
    const video = this.#options.spare();
    const onProblem = (problem: EngineProblem) => this.#failed(player, problem);
    const player = new FlvPlayer(this.#mpegts, { video, url: chosen.url, onProblem });
    const stopWaiting = onceShown(video, () => this.#show(player, index));
    const timer = window.setTimeout(() => this.#dropNext(), LONGEST_SWITCH_MS);
    const stop = () => {
      stopWaiting();
      window.clearTimeout(timer);
    };
    this.#next = { player, index, stop };
    void video.play().catch(() => undefined);
  }

  hold(): void {
    this.#dropNext();
    this.#player.video.pause();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#abort.abort();
    window.clearInterval(this.#timer);
    this.#dropNext();
    this.#player.close();
  }

  get #isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  async #learn(url: string): Promise<void> {
    const renditions = await fetchFlvRenditions(url, this.#abort.signal);
    if (!this.#isClosed) this.#renditions = renditions;
  }

  #show(player: FlvPlayer, index: number): void {
    if (this.#next?.player !== player) return;
    this.#next.stop();
    this.#next = undefined;
    const before = this.#player;
    this.#player = player;
    this.#playing = index;
    this.#switches++;
    this.#earlierBytes += before.receivedBytes;
    this.#options.onSwap();
    before.close();
  }

  #dropNext(): void {
    this.#next?.stop();
    this.#next?.player.close();
    this.#next = undefined;
  }

  /** What fails before it is seen leaves what plays alone. */
  #failed(player: FlvPlayer, problem: EngineProblem): void {
    if (this.#next?.player === player) {
      this.#dropNext();
      return;
    }
    void this.#explain(player.url, problem).then((explained) => {
      if (!this.#isClosed && player === this.#player) this.#options.onProblem(explained);
    });
  }

  /** A browser doesn't tell the status that refused a WebSocket, so plain HTTP is asked for it. */
  async #explain(url: string, problem: EngineProblem): Promise<EngineProblem> {
    if (!url.startsWith('ws') || (problem.kind !== 'network' && problem.kind !== 'closed')) return problem;
    const answer = await fetch(httpUrlOf(url), { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
    return answer && answer.status >= 400 ? { kind: 'http', status: answer.status } : problem;
  }

  /** A publisher that came back leaves a gap in the buffer, which no amount of waiting closes. */
  #keepLive(): void {
    const { video } = this.#player;
    if (video.paused || video.seeking) return;
    const gap = liveGap(video.buffered, video.currentTime);
    if (gap && (gap.isAcrossGap || gap.behindS > JUMP_LATENCY_S)) this.seekToLive();
  }
}
