import type Mpegts from 'mpegts.js';
import { httpUrlOf } from '../refusal/index.ts';
import { liveGap } from './buffer.ts';
import type { Engine, EngineOptions, EngineProblem, EngineReading } from './engine.ts';

const TARGET_LATENCY_S = 0.5;
const CHASE_LATENCY_S = 0.8;
const JUMP_LATENCY_S = 5;
const CHECK_INTERVAL_MS = 250;

type FlvOptions = Pick<EngineOptions, 'video' | 'url' | 'onProblem'>;

/** Plays HTTP-FLV or WebSocket-FLV by mpegts.js: catches up by speed when a little late, by a jump when very late. */
export async function openFlvEngine({ video, url, onProblem }: FlvOptions): Promise<Engine> {
  const { default: mpegts } = await import('mpegts.js');
  mpegts.LoggingControl.applyConfig({ enableAll: false });
  const player = mpegts.createPlayer(
    { type: 'flv', isLive: true, url, cors: true },
    {
      // Its worker comes from a blob: URL, which a strict Content-Security-Policy refuses.
      enableWorker: false,
      enableStashBuffer: false,
      lazyLoad: false,
      deferLoadAfterSourceOpen: false,
      liveSync: true,
      liveSyncMaxLatency: CHASE_LATENCY_S,
      liveSyncTargetLatency: TARGET_LATENCY_S,
      liveSyncPlaybackRate: 1.1,
      autoCleanupSourceBuffer: true,
      autoCleanupMaxBackwardDuration: 30,
      autoCleanupMinBackwardDuration: 10,
      statisticsInfoReportInterval: 1000,
    },
  );
  return new FlvEngine(mpegts, player, { video, url, onProblem });
}

class FlvEngine implements Engine {
  readonly protocol = 'flv';
  readonly #player: Mpegts.Player;
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #timer: number;
  #receivedBytes = 0;
  #bitrateKbps: number | undefined;
  #isClosed = false;

  constructor(mpegts: typeof Mpegts, player: Mpegts.Player, { video, url, onProblem }: FlvOptions) {
    this.#player = player;
    this.#video = video;
    this.#url = url;
    const report = (problem: EngineProblem) => {
      void this.#explain(problem).then((explained) => {
        if (!this.#isClosed) onProblem(explained);
      });
    };
    player.on(mpegts.Events.ERROR, (type: string, detail: string, info: unknown) => {
      report(flvProblem(type, detail, info));
    });
    player.on(mpegts.Events.LOADING_COMPLETE, () => report({ kind: 'closed' }));
    player.on(mpegts.Events.STATISTICS_INFO, (info: Mpegts.MSEPlayerStatisticsInfo) => this.#count(info));
    player.attachMediaElement(video);
    player.load();
    this.#timer = window.setInterval(() => this.#keepLive(), CHECK_INTERVAL_MS);
  }

  reading(): EngineReading {
    const info = this.#player.mediaInfo as Mpegts.MSEPlayerMediaInfo;
    const end = liveGap(this.#video.buffered, this.#video.currentTime)?.behindS;
    return {
      receivedBytes: this.#receivedBytes,
      levels: [],
      ...(end !== undefined && { latencyMs: end * 1000 }),
      ...(this.#bitrateKbps !== undefined && { bitrateKbps: this.#bitrateKbps }),
      ...(info.videoCodec && { videoCodec: info.videoCodec }),
      ...(info.audioCodec && { audioCodec: info.audioCodec }),
    };
  }

  seekToLive(): void {
    const gap = liveGap(this.#video.buffered, this.#video.currentTime);
    if (gap) this.#video.currentTime = Math.max(gap.startS, gap.endS - TARGET_LATENCY_S);
  }

  chooseLevel(): void {}

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    window.clearInterval(this.#timer);
    this.#player.destroy();
  }

  #count(info: Mpegts.MSEPlayerStatisticsInfo): void {
    const kilobytes = info.speed ?? 0;
    this.#receivedBytes += kilobytes * 1024;
    this.#bitrateKbps = kilobytes * 8.192;
  }

  /** A browser doesn't tell the status that refused a WebSocket, so plain HTTP is asked for it. */
  async #explain(problem: EngineProblem): Promise<EngineProblem> {
    if (!this.#url.startsWith('ws') || (problem.kind !== 'network' && problem.kind !== 'closed')) return problem;
    const answer = await fetch(httpUrlOf(this.#url), { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
    return answer && answer.status >= 400 ? { kind: 'http', status: answer.status } : problem;
  }

  /** A publisher that came back leaves a gap in the buffer, which no amount of waiting closes. */
  #keepLive(): void {
    if (this.#video.paused || this.#video.seeking) return;
    const gap = liveGap(this.#video.buffered, this.#video.currentTime);
    if (gap && (gap.isAcrossGap || gap.behindS > JUMP_LATENCY_S)) this.seekToLive();
  }
}

function flvProblem(type: string, detail: string, info: unknown): EngineProblem {
  if (detail === 'HttpStatusCodeInvalid') {
    const status = (info as { code?: unknown } | undefined)?.code;
    return { kind: 'http', status: typeof status === 'number' ? status : 0 };
  }
  if (detail === 'UnrecoverableEarlyEof' || detail === 'EarlyEof') return { kind: 'closed' };
  if (type === 'NetworkError') return { kind: 'network' };
  if (detail === 'CodecUnsupported') return { kind: 'codec', detail };
  const message = (info as { msg?: unknown } | undefined)?.msg;
  const words = typeof message === 'string' ? message : detail;
  return /addSourceBuffer|codec|mime/i.test(words)
    ? { kind: 'codec', detail: words }
    : { kind: 'media', detail: words };
}
