import type { Clock } from './clock.ts';
import { GopCache, type GopCacheLimits } from './gop-cache.ts';
import { type Packet, placed, type UnplacedPacket } from './packet.ts';
import { RenditionPlan } from './rendition-plan.ts';
import type { SegmentMarks } from './segment-marks.ts';
import { SegmentPlan, type SegmentPlanOptions } from './segment-plan.ts';
import type { StreamId } from './stream-id.ts';
import type { TrackSet } from './track.ts';

/** Takes what a stream carries. Calls come in order and must return quickly; a throw detaches the reader. */
export interface StreamReader {
  packet(packet: Packet): void;
  /** How long packets may be kept back before this reader gets them; not at all where it does not say. */
  readonly patienceMs?: number;
  /** The publisher is gone and may come back. */
  interrupted?(): void;
  /** Nothing more will come. */
  ended?(): void;
}

export type StreamOptions = {
  readonly id: StreamId;
  readonly clock: Clock;
  readonly plan: SegmentPlanOptions;
  readonly cache: GopCacheLimits;
  readonly onReaderError: (error: unknown) => void;
  /** Of a rendition: the stream that it is made of, whose cuts it takes. */
  readonly parent?: { readonly stream: Stream; readonly marks: SegmentMarks };
};

export type StreamState = 'publishing' | 'waiting' | 'ended';

/** One publisher, many readers, and nothing else. Stream time starts at 0 and goes on over the publisher's reconnects. */
export class Stream {
  readonly id: StreamId;
  readonly #clock: Clock;
  /** The stream that this one is a rendition of. */
  readonly parent: Stream | undefined;
  readonly #plan: SegmentPlan | RenditionPlan;
  readonly #cache: GopCache;
  readonly #readers = new Set<StreamReader>();
  readonly #onReaderError: (error: unknown) => void;
  readonly startedWallMs: number;
  #state: StreamState = 'publishing';
  #tracks: TrackSet = {};
  #lastDtsMs = 0;
  #lastPacketAtMs: number;
  #hasPackets = false;

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.#clock = options.clock;
    this.parent = options.parent?.stream;
    const marks = options.parent?.marks;
    this.#plan = marks ? new RenditionPlan(marks, options.plan.partMs) : new SegmentPlan(options.plan);
    this.#cache = new GopCache(options.cache);
    this.#onReaderError = options.onReaderError;
    this.#lastPacketAtMs = options.clock.nowMs();
    this.startedWallMs = options.clock.wallMs();
  }

  get state(): StreamState {
    return this.#state;
  }

  get tracks(): TrackSet {
    return this.#tracks;
  }

  get cache(): GopCache {
    return this.#cache;
  }

  get segment(): number {
    return this.#plan.segment;
  }

  /** Time between the last two key frames, in ms; 0 until there were two. */
  get keyIntervalMs(): number {
    return this.#plan.keyIntervalMs;
  }

  /** How long its least patient reader lets packets be kept back; infinite without one. */
  get patienceMs(): number {
    let leastMs = Number.POSITIVE_INFINITY;
    for (const { patienceMs = 0 } of this.#readers) leastMs = Math.min(leastMs, patienceMs);
    return leastMs;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** The stream time at which a publisher that starts now goes on. */
  resumeDtsMs(): number {
    return this.#hasPackets ? this.#lastDtsMs + Math.max(1, Math.round(this.#clock.nowMs() - this.#lastPacketAtMs)) : 0;
  }

  /** The tracks of the packets that follow; a change starts a discontinuity. */
  setTracks(tracks: TrackSet): void {
    this.#tracks = tracks;
  }

  /** What follows does not continue what came before; the next segment is a discontinuity. */
  break(): void {
    this.#plan.break();
  }

  /** A rendition whose parent waits still gets its last pictures. */
  publish(unplaced: UnplacedPacket): void {
    if (this.#state !== 'publishing' && (this.#state === 'ended' || !this.parent)) return;
    const packet = placed(unplaced, this.#plan.place(unplaced, this.#tracks));
    this.#lastDtsMs = Math.max(this.#lastDtsMs, packet.dtsMs);
    this.#lastPacketAtMs = this.#clock.nowMs();
    this.#hasPackets = true;
    this.#cache.add(packet, this.#tracks.video !== undefined);
    for (const reader of this.#readers) {
      try {
        reader.packet(packet);
      } catch (error) {
        this.#detach(reader, error);
      }
    }
  }

  /** Attaches a reader, from the next packet on; returns what detaches it. */
  read(reader: StreamReader): () => void {
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }

  interrupt(): void {
    if (this.#state !== 'publishing') return;
    this.#state = 'waiting';
    this.#tell('interrupted');
  }

  resume(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'publishing';
    this.#plan.break();
  }

  end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#tell('ended');
    this.#readers.clear();
    this.#cache.clear();
  }

  #tell(event: 'interrupted' | 'ended'): void {
    for (const reader of this.#readers) {
      try {
        reader[event]?.();
      } catch (error) {
        this.#detach(reader, error);
      }
    }
  }

  #detach(reader: StreamReader, error: unknown): void {
    this.#readers.delete(reader);
    this.#onReaderError(error);
  }
}
