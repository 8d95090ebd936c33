import type Mpegts from 'mpegts.js';
import type { EngineProblem } from './engine.ts';

/** How far behind the newest picture FLV is to play. */
export const TARGET_LATENCY_S = 0.5;
const CHASE_LATENCY_S = 0.8;

export type FlvPlayerOptions = {
  readonly video: HTMLVideoElement;
  readonly url: string;
  readonly onProblem: (problem: EngineProblem) => void;
};

/** One connection that plays into one video element. */
export class FlvPlayer {
  readonly video: HTMLVideoElement;
  readonly url: string;
  readonly #player: Mpegts.Player;
  receivedBytes = 0;
  bitrateKbps: number | undefined;
  #isClosed = false;

  constructor(mpegts: typeof Mpegts, { video, url, onProblem }: FlvPlayerOptions) {
    this.video = video;
    this.url = url;
    this.#player = mpegts.createPlayer({ type: 'flv', isLive: true, url, cors: true }, CONFIG);
    const report = (problem: EngineProblem) => {
      if (!this.#isClosed) onProblem(problem);
    };
    this.#player.on(mpegts.Events.ERROR, (type: string, detail: string, info: unknown) => {
      report(flvProblem(type, detail, info));
    });
    this.#player.on(mpegts.Events.LOADING_COMPLETE, () => report({ kind: 'closed' }));
    this.#player.on(mpegts.Events.STATISTICS_INFO, (info: Mpegts.MSEPlayerStatisticsInfo) => this.#count(info));
    this.#player.attachMediaElement(video);
    this.#player.load();
  }

  get mediaInfo(): Mpegts.MSEPlayerMediaInfo {
    return this.#player.mediaInfo as Mpegts.MSEPlayerMediaInfo;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#player.destroy();
  }

  #count(info: Mpegts.MSEPlayerStatisticsInfo): void {
    const kilobytes = info.speed ?? 0;
    this.receivedBytes += kilobytes * 1024;
    this.bitrateKbps = kilobytes * 8.192;
  }
}

/** It catches up by speed when it is a little late. */
const CONFIG: Mpegts.Config = {
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
};

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
