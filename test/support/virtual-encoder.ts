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
const SOUND_BYTES = 20;
const MARK_BYTES = 5;

export type VirtualEncoderOptions = {
  readonly fps: number;
  readonly gopFrames: number;
  /** The timestamp of the first frame. */
  readonly startTimestamp?: number;
  /** How wide the encoder's timestamps are: they begin anew when they are full. */
  readonly timestampBits?: 24 | 32;
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
  readonly #pictureHeads: readonly [Uint8Array, Uint8Array];
  readonly #soundHead = encodeAudioFrameHeader('aac');
  readonly #startMs: number;
  #frames = 0;
  #sounds = 0;
  #random = 1;
  /** When the frame that is being sent was taken, by the encoder's clock, from its first one on. */
  takenMs = 0;

  constructor(options: VirtualEncoderOptions) {
    this.#options = { startTimestamp: 0, timestampBits: 32, soundPpm: 0, clockPpm: 0, jitterMs: 0, ...options };
    this.#ingest = new Ingest(this.#world);
    this.#startMs = this.#world.clock.nowMs();
    const pictureHead = (isKey: boolean) =>
      concat([encodeVideoFrameHeader('h264', isKey, 0), Uint8Array.of(0, 0, 0, 1 + MARK_BYTES, isKey ? 0x65 : 0x41)]);
    this.#pictureHeads = [pictureHead(false), pictureHead(true)];
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
    const { clockPpm, jitterMs, startTimestamp, timestampBits, gopFrames } = this.#options;
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    const arrivalMs = due.atMs * (1 - clockPpm / 1e6) + (this.#random / 2_147_483_647) * jitterMs;
    // In steps that clocks of double precision add up without an error, however many they are.
    const steppedMs = Math.round(arrivalMs * 1024) / 1024;
    this.clock.advance(Math.max(0, this.#startMs + steppedMs - this.clock.nowMs()));
    this.takenMs = due.atMs;
    const timestamp = (startTimestamp + Math.floor(due.atMs)) % 2 ** timestampBits;
    if (due.kind === 'audio') {
      this.#sounds++;
      this.#ingest.audio(timestamp, concat([this.#soundHead, markOf(due.index, SOUND_BYTES)]));
    } else {
      this.#frames++;
      const head = this.#pictureHeads[due.index % gopFrames === 0 ? 1 : 0];
      this.#ingest.video(timestamp, concat([head, markOf(due.index, MARK_BYTES)]));
    }
    return due.atMs;
  }

  /** When the encoder took a frame, by its clock, from its first one on; found by the mark that the frame bears. */
  takenMsOf(kind: 'video' | 'audio', data: Uint8Array): number {
    const index = indexOfMark(kind === 'video' ? data.subarray(-MARK_BYTES) : data.subarray(-SOUND_BYTES));
    return kind === 'video' ? this.#videoMs(index) : this.#soundMs(index);
  }

  #next(): Due {
    const videoMs = this.#videoMs(this.#frames);
    const soundMs = this.#soundMs(this.#sounds);
    if (videoMs <= soundMs) return { kind: 'video', index: this.#frames, atMs: videoMs };
    return { kind: 'audio', index: this.#sounds, atMs: soundMs };
  }

  #videoMs(index: number): number {
    return (index * 1000) / this.#options.fps;
  }

  #soundMs(index: number): number {
    return (index * FRAME_SAMPLES * 1000) / (SAMPLE_RATE * (1 + this.#options.soundPpm / 1e6));
  }
}

/** A number in bytes of which none is 0, so that no start code can come of it. */
function markOf(index: number, sizeBytes: number): Uint8Array {
  const mark = new Uint8Array(sizeBytes).fill(0x80);
  for (let at = 0, rest = index; rest > 0; at++, rest = Math.floor(rest / 128)) mark[at] = 0x80 | (rest % 128);
  return mark;
}

function indexOfMark(mark: Uint8Array): number {
  let index = 0;
  for (let at = MARK_BYTES - 1; at >= 0; at--) index = index * 128 + ((mark[at] ?? 0x80) & 0x7f);
  return index;
}
