import { signal } from '@preact/signals';
import { bufferedAheadMs } from '../engines/index.ts';
import { ClockReader } from './clock-reader.ts';
import type { WatchSession } from './watch-session.ts';

const SAMPLE_INTERVAL_MS = 1000;
const CLOCK_INTERVAL_MS = 200;
const CLOCK_FRESH_MS = 2000;

/** Points a graph shows: the last two minutes. */
export const HISTORY_LENGTH = 120;

/** One second of playing, as graphs and details show it. */
export type Sample = {
  readonly latencyMs?: number;
  /** Whether `latencyMs` was read from the picture's clock, else estimated. */
  readonly isGlass: boolean;
  readonly glassLatencyMs?: number;
  readonly estimatedLatencyMs?: number;
  readonly bitrateKbps?: number;
  readonly bufferMs: number;
  readonly droppedFrames: number;
  readonly droppedNow: number;
  readonly totalFrames: number;
  readonly stalls: number;
  readonly stalledMs: number;
  readonly startupMs?: number;
  readonly receivedBytes: number;
  readonly width: number;
  readonly height: number;
};

/** Samples the session once a second, and the picture's clock a few times more. */
export class LiveStats {
  readonly history = signal<readonly Sample[]>([]);
  readonly #session: WatchSession;
  readonly #clock: ClockReader;
  #glass: { readonly latencyMs: number; readonly at: number } | undefined;
  #clockReadAt = 0;

  constructor(session: WatchSession) {
    this.#session = session;
    this.#clock = new ClockReader(() => this.#video);
    window.setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS);
    if ('requestVideoFrameCallback' in this.#video)
      session.screen.shown.subscribe((video) => this.#readAtEachFrame(video));
    else window.setInterval(() => this.#readClock(0), CLOCK_INTERVAL_MS);
  }

  latest(): Sample | undefined {
    return this.history.value.at(-1);
  }

  glassLatencyMs(): number | undefined {
    const isFresh = this.#glass && performance.now() - this.#glass.at < CLOCK_FRESH_MS;
    return isFresh ? this.#glass?.latencyMs : undefined;
  }

  get #video(): HTMLVideoElement {
    return this.#session.screen.shown.value;
  }

  #readAtEachFrame(video: HTMLVideoElement): void {
    video.requestVideoFrameCallback((now, frame) => {
      if (video !== this.#video) return;
      this.#readClock(Math.max(0, frame.expectedDisplayTime - now));
      this.#readAtEachFrame(video);
    });
  }

  #readClock(untilShownMs: number): void {
    const at = performance.now();
    if (at - this.#clockReadAt < CLOCK_INTERVAL_MS || this.#video.paused) return;
    this.#clockReadAt = at;
    const latencyMs = this.#clock.latencyMs(Date.now() + untilShownMs);
    if (latencyMs !== undefined) this.#glass = { latencyMs, at };
  }

  #sample(): void {
    const sample = this.#measure();
    this.#session.viewing.tellLatency(sample.latencyMs);
    this.history.value = [...this.history.value.slice(1 - HISTORY_LENGTH), sample];
  }

  #measure(): Sample {
    const reading = this.#session.reading();
    const frames = this.#session.viewing.frames();
    const totals = this.#session.viewing.meter.totals(performance.now());
    const isPlaying = this.#session.state.value.kind === 'live';
    const glassLatencyMs = isPlaying && !this.#session.isPast ? this.glassLatencyMs() : undefined;
    const estimated = isPlaying ? reading.latencyMs : undefined;
    const latencyMs = glassLatencyMs ?? estimated;
    return {
      isGlass: glassLatencyMs !== undefined,
      ...(latencyMs !== undefined && { latencyMs }),
      ...(glassLatencyMs !== undefined && { glassLatencyMs }),
      ...(estimated !== undefined && { estimatedLatencyMs: estimated }),
      ...(reading.bitrateKbps !== undefined && { bitrateKbps: reading.bitrateKbps }),
      ...(totals.startupMs !== undefined && { startupMs: totals.startupMs }),
      bufferMs: bufferedAheadMs(this.#video.buffered, this.#video.currentTime),
      droppedFrames: frames.dropped,
      droppedNow: Math.max(0, frames.dropped - (this.latest()?.droppedFrames ?? 0)),
      totalFrames: frames.total,
      stalls: totals.stalls,
      stalledMs: totals.stalledMs,
      receivedBytes: reading.receivedBytes,
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
    };
  }
}
