/** What was measured of a publish over the last seconds. */
export type PublishMeasurement = {
  /** Seconds that the figures cover. */
  readonly seconds: number;
  readonly videoKbps: number;
  readonly audioKbps: number;
  readonly fps: number;
  /** Time between the last two key frames; 0 until there were two. */
  readonly keyIntervalMs: number;
  /** Bits of the heaviest second by those of the lightest. */
  readonly bitrateSwing: number;
  /** Seconds without a packet, in the window. */
  readonly stalls: number;
  readonly longestStallMs: number;
  /** How far audio is ahead of video, by their latest timestamps. */
  readonly audioLeadMs: number;
};

type Second = { videoBytes: number; audioBytes: number; frames: number };

const WINDOW_SECONDS = 30;
const STALL_MS = 1000;

/** Measures what comes in, in buckets of one second. */
export class PublishMeter {
  #seconds: Second[] = [];
  #current: Second = { videoBytes: 0, audioBytes: 0, frames: 0 };
  #startedAtMs: number | undefined;
  #bucketStartMs = 0;
  #lastPacketAtMs = 0;
  readonly #stalls: { readonly atMs: number; readonly lengthMs: number }[] = [];
  #lastKeyDtsMs: number | undefined;
  #keyIntervalMs = 0;
  #lastDtsMs: { video: number | undefined; audio: number | undefined } = { video: undefined, audio: undefined };

  /** Bytes of video and audio since the publish began. */
  totalBytes = 0;
  /** The part of video of these. */
  totalVideoBytes = 0;
  totalVideoFrames = 0;
  totalAudioFrames = 0;

  packet(kind: 'video' | 'audio', sizeBytes: number, dtsMs: number, arrivalMs: number, isKeyFrame: boolean): void {
    this.#tick(arrivalMs);
    this.totalBytes += sizeBytes;
    this.#lastDtsMs[kind] = dtsMs;
    if (kind === 'audio') {
      this.totalAudioFrames++;
      this.#current.audioBytes += sizeBytes;
      return;
    }
    this.totalVideoBytes += sizeBytes;
    this.totalVideoFrames++;
    this.#current.videoBytes += sizeBytes;
    this.#current.frames++;
    if (!isKeyFrame) return;
    if (this.#lastKeyDtsMs !== undefined) this.#keyIntervalMs = dtsMs - this.#lastKeyDtsMs;
    this.#lastKeyDtsMs = dtsMs;
  }

  measure(nowMs: number): PublishMeasurement {
    this.#tick(nowMs, false);
    const seconds = this.#seconds.length;
    const sum = (pick: (second: Second) => number) => this.#seconds.reduce((total, each) => total + pick(each), 0);
    const perSecond = (value: number) => (seconds > 0 ? value / seconds : 0);
    const heaviest = Math.max(0, ...this.#seconds.map((second) => second.videoBytes));
    const lightest = Math.min(...this.#seconds.map((second) => second.videoBytes));
    const openStallMs = nowMs - this.#lastPacketAtMs;
    const stalls = [...this.#stalls.map((stall) => stall.lengthMs), ...(openStallMs > STALL_MS ? [openStallMs] : [])];
    const { video, audio } = this.#lastDtsMs;
    return {
      seconds,
      videoKbps: perSecond(sum((second) => second.videoBytes)) / 125,
      audioKbps: perSecond(sum((second) => second.audioBytes)) / 125,
      fps: perSecond(sum((second) => second.frames)),
      keyIntervalMs: this.#keyIntervalMs,
      bitrateSwing: lightest > 0 ? heaviest / lightest : 0,
      stalls: stalls.length,
      longestStallMs: Math.max(0, ...stalls),
      audioLeadMs: video === undefined || audio === undefined ? 0 : audio - video,
    };
  }

  #tick(nowMs: number, isPacket = true): void {
    if (this.#startedAtMs === undefined) {
      this.#startedAtMs = nowMs;
      this.#bucketStartMs = nowMs;
      this.#lastPacketAtMs = nowMs;
    }
    const firstCountedMs = nowMs - (WINDOW_SECONDS + 1) * 1000;
    if (this.#bucketStartMs < firstCountedMs) this.#bucketStartMs = firstCountedMs;
    while (nowMs - this.#bucketStartMs >= 1000) this.#closeBucket();
    while (this.#stalls[0] && nowMs - this.#stalls[0].atMs >= WINDOW_SECONDS * 1000) this.#stalls.shift();
    if (!isPacket) return;
    const gapMs = nowMs - this.#lastPacketAtMs;
    if (gapMs > STALL_MS) this.#stalls.push({ atMs: nowMs, lengthMs: gapMs });
    this.#lastPacketAtMs = nowMs;
  }

  #closeBucket(): void {
    this.#seconds.push(this.#current);
    if (this.#seconds.length > WINDOW_SECONDS) this.#seconds.shift();
    this.#current = { videoBytes: 0, audioBytes: 0, frames: 0 };
    this.#bucketStartMs += 1000;
  }
}
