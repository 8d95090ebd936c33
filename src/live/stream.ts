import type { Clock } from './clock.ts';
import { CopiedPlan } from './copied-plan.ts';
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
  /** It came back. */
  resumed?(): void;
  /** Packets are missing behind the last one: the segment that was being filled will never be whole. */
  cut?(): void;
  /** All came that there is of the segment that was being filled; where its publisher is gone, that is not said. */
  whole?(): void;
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
  readonly parent?: { readonly stream: Stream; readonly marks?: SegmentMarks };
  /** The stream time that its first publisher begins at; 0 where it is left out. */
  readonly startDtsMs?: number | undefined;
  /** Of a stream that is published elsewhere. */
  readonly copied?: { readonly startedWallMs: number };
};

export type StreamState = 'publishing' | 'waiting' | 'ended';

/** One publisher, many readers, and nothing else. Stream time starts at 0 and goes on over the publisher's reconnects. */
export class Stream {
  readonly id: StreamId;
  readonly #clock: Clock;
  /** The stream that this one is a rendition of. */
  readonly parent: Stream | undefined;
  #plan: SegmentPlan | RenditionPlan | CopiedPlan;
  readonly #cache: GopCache;
  readonly #readers = new Set<StreamReader>();
  readonly #onReaderError: (error: unknown) => void;
  readonly startedWallMs: number;
  readonly #startDtsMs: number;
  #state: StreamState = 'publishing';
  #tracks: TrackSet = {};
  #lastDtsMs = 0;
  #lastPacketAtMs: number;
  #packetCount = 0;
  #goesOn = false;
  #isWhole = false;
  #cuts: readonly number[] = [];

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.#clock = options.clock;
    this.parent = options.parent?.stream;
    const marks = options.parent?.marks;
    this.#plan = options.copied
      ? new CopiedPlan()
      : marks
        ? new RenditionPlan(marks, options.plan.partMs)
        : new SegmentPlan(options.plan);
    this.#cache = new GopCache(options.cache);
    this.#onReaderError = options.onReaderError;
    this.#lastPacketAtMs = options.clock.nowMs();
    this.startedWallMs = options.copied?.startedWallMs ?? options.clock.wallMs();
    this.#startDtsMs = options.startDtsMs ?? 0;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Whether it has ended for everybody: its publisher is done, or did not come back. */
  get isOver(): boolean {
    return this.#state === 'ended' && !this.#goesOn && (this.parent?.isOver ?? true);
  }

  /** It has ended here only: another place publishes it, or will. */
  get goesOnElsewhere(): boolean {
    return this.#goesOn;
  }

  /** What came last is all that there is of its segment. */
  get isWhole(): boolean {
    return this.#isWhole;
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

  /** Whether it is published elsewhere, and only copied here. */
  get isCopy(): boolean {
    return this.#plan instanceof CopiedPlan;
  }

  /** Packets that were published so far; the last of them are those in the cache. */
  get packetCount(): number {
    return this.#packetCount;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** The stream time of what came last; where it starts, before anything came. */
  get lastDtsMs(): number {
    return this.#packetCount === 0 ? this.#startDtsMs : this.#lastDtsMs;
  }

  /** The stream time at which a publisher that starts now goes on. */
  resumeDtsMs(): number {
    if (this.#packetCount === 0) return this.#startDtsMs;
    return this.#lastDtsMs + Math.max(1, Math.round(this.#clock.nowMs() - this.#lastPacketAtMs));
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
    if (this.#plan instanceof CopiedPlan || !this.#takesPackets()) return;
    this.#deliver(placed(unplaced, this.#plan.place(unplaced, this.#tracks)));
  }

  /** What was published elsewhere; it keeps its position. */
  publishCopied(packet: Packet): void {
    if (!(this.#plan instanceof CopiedPlan) || !this.#takesPackets()) return;
    this.#plan.take(packet);
    this.#deliver(packet);
  }

  /**
   * A copy that somebody publishes here from now on: it goes on behind what was copied, with a discontinuity.
   *
   * @param marks of its parent, where it is a rendition
   */
  becomeOwn(plan: SegmentPlanOptions, marks?: SegmentMarks): void {
    if (!(this.#plan instanceof CopiedPlan)) return;
    const { last } = this.#plan;
    this.#plan = marks
      ? new RenditionPlan(marks, plan.partMs, last)
      : new SegmentPlan(last ? { ...plan, after: last } : plan);
  }

  #takesPackets(): boolean {
    return this.#state === 'publishing' || (this.#state === 'waiting' && this.parent !== undefined);
  }

  #deliver(packet: Packet): void {
    this.#lastDtsMs = Math.max(this.#lastDtsMs, packet.dtsMs);
    this.#lastPacketAtMs = this.#clock.nowMs();
    this.#packetCount++;
    this.#isWhole = false;
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
    // The last pictures of a rendition are still to come.
    this.#isWhole ||= this.parent === undefined;
    this.#tell('interrupted');
  }

  resume(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'publishing';
    this.#plan.break();
    this.#tell('resumed');
  }

  /** All came that there is of the segment that is being filled. */
  whole(): void {
    this.#isWhole = true;
    this.#tell('whole');
  }

  /** Of a copy: no more will come; where what came last is not all that there is of it, nobody begins with that. */
  cut(): void {
    const { segment } = this.#plan;
    if (this.#isWhole || this.#packetCount === 0 || this.isCut(segment)) return;
    const { firstSegment = segment } = this.#cache;
    this.#cuts = [...this.#cuts.filter((each) => each >= firstSegment), segment];
    this.#cache.endGroup();
    this.#tell('cut');
  }

  /** Whether the end of a segment is missing here, as far back as the cache goes. */
  isCut(segment: number): boolean {
    return this.#cuts.includes(segment);
  }

  /** @param goesOn elsewhere: what ends is only what there is of it here */
  end(goesOn = false): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#goesOn = goesOn;
    this.#tell('ended');
    this.#readers.clear();
    this.#cache.clear();
  }

  #tell(event: 'interrupted' | 'resumed' | 'cut' | 'whole' | 'ended'): void {
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
