import { isKeyFrame, type Packet, type Stream, type StreamReader } from '../live/index.ts';
import type { MediaPacket, Part, Segment } from './segment.ts';

/** A part is complete when the packet after it came: reading the publisher this often adds little to that. */
const PATIENT_READS_PER_PART = 8;

export type SegmentWindowOptions = {
  readonly stream: Stream;
  /** Whole segments that a playlist lists; fewer or more where they are longer or shorter than planned. */
  readonly windowSegments: number;
  readonly partMs: number;
  readonly segmentMs: number;
  /** Memory for packets and what was made of them; past it the oldest segments go, but not the last two. */
  readonly maxBytes: number;
  /** The longest that were before, where others packaged the stream already: playlists promise that nothing is longer. */
  readonly longest?: LongestSoFar | undefined;
};

export type LongestSoFar = { readonly segmentMs: number; readonly partMs: number };

type OpenPart = { readonly packets: MediaPacket[]; readonly startDtsMs: number; readonly index: number };

/** RFC 8216, 6.2.2: no segment may leave a playlist that would become shorter than this. */
const LEAST_TARGET_DURATIONS = 3;
const LEAST_LISTED = 3;
/** Whole segments that stay however heavy they are. */
const LEAST_KEPT = 2;
/** Times are in whole ms, so a part may be this much longer than planned. */
const ROUNDING_MS = 1;
/** A longer step is a gap. */
const LONGEST_MEASURED_FRAME_MS = 2000;

/**
 * The stream's last segments and parts, as the plan numbers them.
 *
 *     kept for those behind | listed by playlists | being filled
 *     [36] [37] [38] ...    | [42] ... [46] [47]  | [48: part 0, part 1, open part]
 */
export class SegmentWindow implements StreamReader {
  readonly patienceMs: number;
  readonly #options: SegmentWindowOptions;
  readonly #stopReading: () => void;
  readonly #listeners = new Set<() => void>();
  #segments: Segment[] = [];
  #openPart: OpenPart | undefined;
  #firstListed = 0;
  /** Of segments that left the playlist: the stream time up to which they can be had. */
  readonly #keptUntilMs = new Map<number, number>();
  #lastDtsMs: number | undefined;
  #lastFrameMs = 33;
  #longestSegmentMs: number;
  #longestPartMs: number;
  #keptBytes = 0;
  #droppedSegments = 0;
  #hasSlid = false;
  #isEnded = false;
  #isClosed = false;
  /** Counts up with every change. */
  version = 0;

  constructor(options: SegmentWindowOptions) {
    this.#options = options;
    this.patienceMs = options.partMs / PATIENT_READS_PER_PART;
    const { segmentMs = 0, partMs = 0 } = options.longest ?? {};
    this.#longestSegmentMs = Math.max(options.segmentMs, options.stream.keyIntervalMs, segmentMs);
    this.#longestPartMs = Math.max(this.#plannedPartMs, partMs);
    for (const packet of options.stream.cache.packets) {
      if (packet.position.startsSegment) this.#cutBefore();
      this.#take(packet);
    }
    this.#cutBefore();
    this.#stopReading = options.stream.read(this);
    this.#isEnded = options.stream.isOver;
  }

  get stream(): Stream {
    return this.#options.stream;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Nothing more will be added, as nobody wants it any longer. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** All kept segments, oldest first; the last one may be open. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get longest(): LongestSoFar {
    return { segmentMs: this.#longestSegmentMs, partMs: this.#longestPartMs };
  }

  /** Segments have left the playlist: from now on it lists the same ones wherever the stream is packaged. */
  get hasSlid(): boolean {
    return this.#hasSlid;
  }

  /** Memory held by whole parts and what was made of them. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Segments that went before their time because all together were too heavy. */
  get droppedSegments(): number {
    return this.#droppedSegments;
  }

  /** Counts bytes that are kept with a segment for as long as it is kept. */
  addMade(segment: Segment, sizeBytes: number): void {
    segment.madeBytes += sizeBytes;
    if (this.find(segment.number) === segment) this.#keptBytes += sizeBytes;
  }

  /** The whole segments that playlists list. */
  listed(): readonly Segment[] {
    return this.#segments.filter((segment) => segment.isWhole && segment.number >= this.#firstListed);
  }

  /** The packets of the listed segments that lead up to one, in a row and without a gap. */
  listedBefore(segment: number): readonly Packet[] {
    const before = this.listed().filter(({ number }) => number < segment);
    const from = before.findLastIndex(({ number, isGap }, at) => isGap || number !== segment - before.length + at) + 1;
    const packets = before.slice(from).flatMap(({ parts }) => parts.flatMap((part) => part.packets));
    // As they came from the stream.
    return packets.filter((packet): packet is MediaPacket & Packet => 'position' in packet);
  }

  /** The segment being filled. */
  open(): Segment | undefined {
    const last = this.#segments.at(-1);
    return last && !last.isWhole ? last : undefined;
  }

  /**
   * The part that will be whole next, of a new segment while none is being filled. Playlists say it while an encoder is
   * away, too: of one with parts and without a hint hls.js takes the last segment for an open one, and the next segment
   * for the same one, with its init segment and its times.
   */
  nextPart(): { readonly segment: number; readonly part: number } | undefined {
    const last = this.#segments.at(-1);
    if (!last || this.#isEnded) return undefined;
    return last.isWhole ? { segment: last.number + 1, part: 0 } : { segment: last.number, part: last.parts.length };
  }

  /** The newest whole part. */
  lastPart(): { readonly segment: number; readonly part: number } | undefined {
    const newest = this.#segments.findLast(({ parts }) => parts.length > 0);
    return newest && { segment: newest.number, part: newest.parts.length - 1 };
  }

  /** Whether the part, or without `part` the whole segment, can be had. */
  has(segment: number, part?: number): boolean {
    const last = this.#segments.at(-1);
    if (!last) return false;
    if (segment !== last.number) return segment < last.number;
    return last.isWhole || (part !== undefined && part < last.parts.length);
  }

  find(number: number): Segment | undefined {
    const first = this.#segments[0];
    return first ? this.#segments[number - first.number] : undefined;
  }

  /** EXT-X-TARGETDURATION in seconds: never shrinks. */
  get targetDurationSeconds(): number {
    return Math.max(1, Math.round(this.#longestSegmentMs / 1000));
  }

  /**
   * PART-TARGET in ms: the longest part of the playlist, for players stay three of it behind, and all but the last of a
   * segment must have 85 % of it (RFC 8216bis, 4.4.4.9). Before a segment is whole, the longest that is planned.
   */
  get partTargetMs(): number {
    return this.#longestPartMs;
  }

  get #plannedPartMs(): number {
    return this.#options.partMs + ROUNDING_MS;
  }

  /** Calls back after every change; returns what stops it. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#stopReading();
    this.#isClosed = true;
    this.#advance();
    this.#listeners.clear();
  }

  packet(packet: Packet): void {
    if (this.#take(packet)) this.#advance();
  }

  /** What a rendition's encoder still holds is of the segment that it fills: it is whole when the next one begins. */
  interrupted(): void {
    if (!this.stream.parent) this.whole();
  }

  whole(): void {
    this.#finishSegment(this.#expectedEndMs());
    this.#advance();
  }

  /** Other nodes have the whole of the segment: nobody gets another one here by its name; whole parts are as there. */
  cut(): void {
    const open = this.open();
    if (!open) return;
    open.isGap = true;
    open.wholeParts = open.parts.length;
    this.#finishSegment(this.#expectedEndMs());
    this.#advance();
  }

  /** Of what was published before: the segment that is being filled may have been cut. */
  #cutBefore(): void {
    const open = this.open();
    if (open && this.stream.isCut(open.number)) this.cut();
  }

  /** A rendition that stops before its parent may come back, and what goes on elsewhere does: no end is written. */
  ended(): void {
    this.#finishSegment(this.#expectedEndMs());
    this.#isEnded = this.stream.isOver;
    this.#advance();
  }

  /** Whether something became whole. */
  #take(packet: Packet): boolean {
    if (packet.kind === 'data') return false;
    const { startsSegment, startsPart } = packet.position;
    if (startsSegment) this.#startSegment(packet);
    else if (startsPart) this.#finishPart(packet.dtsMs);
    if (this.#segments.length === 0) return false;
    this.#openPart ??= { packets: [], startDtsMs: packet.dtsMs, index: packet.position.part };
    this.#openPart.packets.push(packet);
    if (packet.kind === this.#leadingKind()) this.#measureFrame(packet);
    return startsSegment || startsPart;
  }

  #leadingKind(): 'video' | 'audio' {
    return this.#segments.at(-1)?.tracks.video ? 'video' : 'audio';
  }

  #measureFrame(packet: MediaPacket): void {
    const frameMs = packet.dtsMs - (this.#lastDtsMs ?? packet.dtsMs);
    if (frameMs > 0 && frameMs < LONGEST_MEASURED_FRAME_MS) this.#lastFrameMs = frameMs;
    this.#lastDtsMs = packet.dtsMs;
  }

  /** Where the last frame ends, as far as can be told without the next one. */
  #expectedEndMs(): number {
    return (this.#lastDtsMs ?? 0) + this.#lastFrameMs;
  }

  #startSegment(packet: MediaPacket & Packet): void {
    const { isDiscontinuity, discontinuities, tracks, segment } = packet.position;
    const isNext = segment === (this.#segments.at(-1)?.number ?? segment - 1) + 1;
    const goesOn = isNext && !isDiscontinuity;
    this.#finishSegment(goesOn ? packet.dtsMs : Math.min(packet.dtsMs, this.#expectedEndMs()));
    if (!isNext) this.#startOver(segment);
    this.#segments.push({
      number: segment,
      tracks,
      isDiscontinuity,
      discontinuities,
      wallMs: packet.wallMs,
      startDtsMs: packet.dtsMs,
      parts: [],
      durationMs: 0,
      sizeBytes: 0,
      madeBytes: 0,
      isWhole: false,
    });
    this.#dropOld(packet.dtsMs);
  }

  /** A rendition was away for whole segments: what was before is given up, as numbers in a playlist have no holes. */
  #startOver(segment: number): void {
    this.#drop(this.#segments.length);
    this.#firstListed = segment;
    this.#hasSlid = false;
  }

  #finishPart(endDtsMs: number): void {
    const part = this.#openPart;
    const segment = this.#segments.at(-1);
    this.#openPart = undefined;
    if (!part || !segment) return;
    const [first] = part.packets;
    const whole: Part = {
      index: segment.parts.length,
      packets: part.packets,
      startDtsMs: part.startDtsMs,
      durationMs: Math.max(1, endDtsMs - part.startDtsMs),
      isIndependent: first !== undefined && (first.kind === 'audio' ? !segment.tracks.video : isKeyFrame(first)),
    };
    segment.parts.push(whole);
    segment.durationMs += whole.durationMs;
    const sizeBytes = part.packets.reduce((sum, packet) => sum + packet.data.length, 0);
    segment.sizeBytes += sizeBytes;
    this.#keptBytes += sizeBytes;
    this.#longestPartMs = Math.max(this.#longestPartMs, whole.durationMs);
    this.#longestSegmentMs = Math.max(this.#longestSegmentMs, segment.durationMs);
    this.#shrink();
  }

  #finishSegment(endDtsMs: number): void {
    this.#finishPart(endDtsMs);
    const segment = this.#segments.at(-1);
    if (!segment || segment.isWhole || segment.parts.length === 0) return;
    segment.isWhole = true;
    this.#slide();
  }

  /** Takes the oldest segments out of the playlist, as many as it can do without. */
  #slide(): void {
    const listed = this.listed();
    let restMs = listed.reduce((sum, segment) => sum + segment.durationMs, 0);
    const newest = listed.at(-1);
    const playlistMs = restMs - (newest?.durationMs ?? 0);
    const nowMs = newest ? newest.startDtsMs + newest.durationMs : 0;
    for (const [index, segment] of listed.entries()) {
      restMs -= segment.durationMs;
      if (!this.#isEnough(listed.length - index - 1, restMs)) break;
      this.#firstListed = segment.number + 1;
      this.#hasSlid = true;
      this.#keptUntilMs.set(segment.number, nowMs + segment.durationMs + playlistMs);
    }
    const partsMs = this.listed().flatMap(({ parts }) => parts.map(({ durationMs }) => durationMs));
    this.#longestPartMs = partsMs.length > 0 ? Math.max(...partsMs) : this.#plannedPartMs;
  }

  #isEnough(count: number, lengthMs: number): boolean {
    const { windowSegments, segmentMs } = this.#options;
    if (count < LEAST_LISTED || lengthMs < LEAST_TARGET_DURATIONS * this.targetDurationSeconds * 1000) return false;
    return count >= windowSegments || lengthMs >= windowSegments * segmentMs;
  }

  /** RFC 8216, 6.2.2: what left the playlist stays for its own duration and that of a playlist that had it. */
  #dropOld(nowMs: number): void {
    const kept = this.#segments.findIndex(({ number }) => (this.#keptUntilMs.get(number) ?? Infinity) > nowMs);
    if (kept > 0) this.#drop(kept);
  }

  /** Drops the oldest segments, those that playlists still list too, while all together are too heavy. */
  #shrink(): void {
    const isWhole = this.#segments.at(-1)?.isWhole === true;
    let spare = this.#segments.length - LEAST_KEPT - (isWhole ? 0 : 1);
    for (; spare > 0 && this.#keptBytes > this.#options.maxBytes; spare--) {
      this.#drop(1);
      this.#droppedSegments++;
    }
    this.#firstListed = Math.max(this.#firstListed, this.#segments[0]?.number ?? 0);
  }

  #drop(count: number): void {
    for (const { number, sizeBytes, madeBytes } of this.#segments.splice(0, count)) {
      this.#keptBytes -= sizeBytes + madeBytes;
      this.#keptUntilMs.delete(number);
    }
  }

  #advance(): void {
    this.version++;
    for (const listener of [...this.#listeners]) listener();
  }
}
