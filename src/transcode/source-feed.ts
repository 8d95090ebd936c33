import type { Writable } from 'node:stream';
import { type Clock, isKeyFrame, type Packet, type TrackSet } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import type { SourceFraming } from './source-framing.ts';

export type SourceFeedOptions = {
  readonly sink: Writable;
  readonly clock: Clock;
  readonly framing: SourceFraming;
  /** What of the source is fed. */
  readonly wants: { readonly video: boolean; readonly audio: boolean };
  /** Stream time that is fed as `FEED_START_MS`. */
  readonly baseDtsMs: number;
};

/** FFmpeg counts from here, so that what comes before the first picture (priming, B-frames) is not below zero. */
export const FEED_START_MS = 10_000;
/** What FFmpeg may be behind, as bytes that wait and as the age of the oldest of them. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const MAX_WAITING_MS = 5000;
/** It goes on when no more than this share of the bounds is left. */
const GO_ON_SHARE = 4;

/**
 * The source on its way into FFmpeg, with times that begin near 0. Behind its bounds it skips to a key frame; nothing
 * waits for it.
 */
export class SourceFeed {
  readonly #options: SourceFeedOptions;
  #isBegun = false;
  #isSkipping = false;
  #isEnded = false;
  /** Monotonic time of each write that FFmpeg has not taken yet, oldest first. */
  #waitingSinceMs: number[] = [];
  #skips = 0;
  #lastDtsMs: number | undefined;

  constructor(options: SourceFeedOptions) {
    this.#options = options;
  }

  /** Times that FFmpeg was too far behind. */
  get skips(): number {
    return this.#skips;
  }

  /** Stream time of the packet written last. */
  get lastDtsMs(): number | undefined {
    return this.#lastDtsMs;
  }

  /** Stream time from the beginning to the packet written last. */
  get fedMs(): number {
    return (this.#lastDtsMs ?? this.#options.baseDtsMs) - this.#options.baseDtsMs;
  }

  packet(packet: Packet): void {
    if (this.#isEnded || packet.kind === 'data' || !this.#options.wants[packet.kind]) return;
    if (!this.#mayWrite(packet)) return;
    const { framing, baseDtsMs } = this.#options;
    const shifted = shiftedBy(packet, FEED_START_MS - baseDtsMs);
    const head = this.#isBegun ? [] : framing.head(wantedOf(packet.position.tracks, this.#options.wants));
    this.#isBegun = true;
    this.#lastDtsMs = packet.dtsMs;
    this.#write(concat([...head, ...framing.packet(shifted)]));
  }

  /** Nothing more is fed. */
  end(): void {
    this.#isEnded = true;
  }

  #mayWrite(packet: Packet): boolean {
    const startsAnew = isKeyFrame(packet) || !this.#options.wants.video;
    if (!this.#isBegun && !startsAnew) return false;
    if (!this.#isSkipping && this.#isPast(1)) {
      this.#isSkipping = true;
      this.#skips++;
    }
    if (this.#isSkipping && startsAnew && !this.#isPast(GO_ON_SHARE)) this.#isSkipping = false;
    return !this.#isSkipping;
  }

  #isPast(share: number): boolean {
    const { sink, clock } = this.#options;
    const oldestMs = this.#waitingSinceMs[0] ?? clock.nowMs();
    return sink.writableLength > MAX_WAITING_BYTES / share || clock.nowMs() - oldestMs > MAX_WAITING_MS / share;
  }

  #write(bytes: Uint8Array): void {
    const { sink, clock } = this.#options;
    if (sink.destroyed || sink.writableEnded) return;
    this.#waitingSinceMs.push(clock.nowMs());
    sink.write(bytes, () => this.#waitingSinceMs.shift());
  }
}

type Wants = SourceFeedOptions['wants'];

/** The tracks that are fed. */
export function wantedOf({ video, audio }: TrackSet, wants: Wants): TrackSet {
  return { ...(wants.video && video ? { video } : {}), ...(wants.audio && audio ? { audio } : {}) };
}

function shiftedBy<T extends Packet>(packet: T, ms: number): T {
  const dtsMs = packet.dtsMs + ms;
  if (packet.kind === 'data') return { ...packet, dtsMs };
  return { ...packet, dtsMs, mediaTime: packet.mediaTime + Math.round((ms * packet.track.timescale) / 1000) };
}
