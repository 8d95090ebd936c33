import { Ingest } from '../../src/ingest/index.ts';
import type { Packet } from '../../src/live/index.ts';
import { testStream, testVideoTrack } from '../../src/live/test-packets.ts';
import { concat } from '../../src/protocol/bytes/index.ts';
import {
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
} from '../../src/protocol/flv/index.ts';

export const SAMPLE_RATE = 44_100;
const FRAME_SAMPLES = 1024;

export type VirtualEncoderOptions = {
  readonly fps: number;
  readonly gopFrames: number;
  /** The timestamp of the first frame. */
  readonly startTimestamp?: number;
  /** How much faster the sound card's clock runs than the one that timestamps are taken from, in parts per million. */
  readonly soundPpm?: number;
  /** How much faster the encoder's clock runs than ours, in parts per million. */
  readonly clockPpm?: number;
  /** The network holds a frame back by up to this much. */
  readonly jitterMs?: number;
};

/** A frame that is about to be sent. */
type Due = { readonly kind: 'video' | 'audio'; readonly index: number; readonly atMs: number };

/** An encoder, a network and a stream in time that a test lets pass as fast as it can compute. */
export class VirtualEncoder {
  readonly #options: Required<VirtualEncoderOptions>;
  readonly #world = testStream();
  readonly #ingest: Ingest;
  readonly #picture: readonly [Uint8Array, Uint8Array];
  readonly #sound = concat([encodeAudioFrameHeader('aac'), new Uint8Array(20)]);
  readonly #startMs: number;
  #frames = 0;
  #sounds = 0;
  #random = 1;
  /** When the frame that is being sent was taken, by the encoder's clock, from its first one on. */
  takenMs = 0;

  constructor(options: VirtualEncoderOptions) {
    this.#options = { startTimestamp: 0, soundPpm: 0, clockPpm: 0, jitterMs: 0, ...options };
    this.#ingest = new Ingest(this.#world);
    this.#startMs = this.#world.clock.nowMs();
    const picture = (isKey: boolean) =>
      concat([encodeVideoFrameHeader('h264', isKey, 0), Uint8Array.of(0, 0, 0, 1, isKey ? 0x65 : 0x41)]);
    this.#picture = [picture(false), picture(true)];
    this.#ingest.video(this.#options.startTimestamp, encodeVideoSequenceHeader('h264', testVideoTrack().config));
    // AAC LC, 44.1 kHz, stereo.
    this.#ingest.audio(this.#options.startTimestamp, encodeAudioSequenceHeader('aac', Uint8Array.of(0x12, 0x10)));
  }

  get stream() {
    return this.#world.stream;
  }

  get clock() {
    return this.#world.clock;
  }

  get counters() {
    return this.#ingest.counters;
  }

  onPacket(listener: (packet: Packet) => void): void {
    this.stream.read({ packet: listener });
  }

  /** Sends the next frame, when its time has come; gives the encoder's time. */
  sendNext(): number {
    const due = this.#next();
    const { clockPpm, jitterMs, startTimestamp, gopFrames } = this.#options;
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    const arrivalMs = due.atMs * (1 - clockPpm / 1e6) + (this.#random / 2_147_483_647) * jitterMs;
    // In steps that clocks of double precision add up without an error, however many they are.
    const steppedMs = Math.round(arrivalMs * 1024) / 1024;
    this.clock.advance(Math.max(0, this.#startMs + steppedMs - this.clock.nowMs()));
    this.takenMs = due.atMs;
    const timestamp = (startTimestamp + Math.floor(due.atMs)) >>> 0;
    if (due.kind === 'audio') {
      this.#sounds++;
      this.#ingest.audio(timestamp, this.#sound);
    } else {
      this.#frames++;
      this.#ingest.video(timestamp, this.#picture[due.index % gopFrames === 0 ? 1 : 0]);
    }
    return due.atMs;
  }

  #next(): Due {
    const videoMs = (this.#frames * 1000) / this.#options.fps;
    const soundRate = SAMPLE_RATE * (1 + this.#options.soundPpm / 1e6);
    const soundMs = (this.#sounds * FRAME_SAMPLES * 1000) / soundRate;
    if (videoMs <= soundMs) return { kind: 'video', index: this.#frames, atMs: videoMs };
    return { kind: 'audio', index: this.#sounds, atMs: soundMs };
  }
}
