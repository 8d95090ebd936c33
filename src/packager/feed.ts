import { Buffer } from 'node:buffer';
import { type Clock, type Packet, type Stream, type StreamReader, startsGroup, type TrackSet } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { type FeedTally, FeedViewer, type Flush, type ViewerSink } from './feed-viewer.ts';
import type { Framing } from './framing.ts';

export type FeedOptions = {
  readonly stream: Stream;
  readonly framing: Framing;
  readonly clock: Clock;
  /** Packets are gathered this long; 0 writes each video frame with the audio before it. */
  readonly mergeWindowMs: number;
  readonly queueBytes: number;
  readonly queueSeconds: number;
  readonly stallMs: number;
  /** The last viewer left, or the stream ended. */
  readonly onUnused: () => void;
  readonly tally: FeedTally;
};

/** Audio alone waits no longer than this for a picture to ride along with. */
const AUDIO_GATHER_MS = 100;
const SMALLEST_QUEUE_BYTES = 262_144;
const NOTHING = new Uint8Array(0);

/**
 * One stream in one door's bytes, serialised once for all of the door's viewers.
 *
 *     packets -> pending -> flush -> one write per viewer
 *                              \--> group: the flushes since the key frame, for those who join
 */
export class Feed implements StreamReader {
  readonly #options: FeedOptions;
  readonly #viewers: FeedViewer[] = [];
  readonly #stopReading: () => void;
  #tracks: TrackSet = {};
  /** Empty while no tracks are known. */
  #head: Uint8Array = NOTHING;
  #parameters: Uint8Array = NOTHING;
  #group: Flush[] = [];
  /** Head and group in one piece, for all who join before the next flush. */
  #start: Uint8Array | undefined;
  #isGroupTooLarge = false;
  #pending: Uint8Array[] = [];
  #pendingStartsGroup = false;
  #pendingHasParameters = false;
  #pendingSinceDtsMs = 0;
  #cancelTimer: (() => void) | undefined;
  #bytesPerSecond = 0;
  #measured = { bytes: 0, sinceMs: 0 };

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#measured.sinceMs = options.clock.nowMs();
    this.#begin(options.stream.cache.sinceKeyFrame());
    this.#stopReading = options.stream.read(this);
  }

  get viewerCount(): number {
    return this.#viewers.length;
  }

  /** Starts a viewer at the last key frame; returns what takes it out again. */
  add(sink: ViewerSink): () => void {
    const viewer = new FeedViewer(sink, this.#options.tally, this.#options.clock.nowMs());
    viewer.join(this.#startBytes(), this.#head.length > 0, this.#group.length > 0);
    this.#viewers.push(viewer);
    return () => this.#remove(viewer);
  }

  packet(packet: Packet): void {
    if (this.#startsGroup(packet)) this.#flush();
    this.#gather(packet);
    if (this.#isFlushDue(packet)) this.#flush();
    else if (this.#options.mergeWindowMs > 0) {
      this.#cancelTimer ??= this.#options.clock.after(this.#options.mergeWindowMs, () => this.#flush());
    }
  }

  interrupted(): void {
    this.#flush();
  }

  ended(): void {
    this.#flush();
    for (const viewer of this.#viewers.splice(0)) viewer.sink.end('STREAM_ENDED');
    this.#close();
  }

  /** Makes the current group of pictures the first flush; its weight is the first guess at the bitrate. */
  #begin(group: readonly Packet[]): void {
    const [first] = group;
    if (this.#options.stream.tracks.video || this.#options.stream.tracks.audio) {
      this.#useTracks(first?.position.tracks ?? this.#options.stream.tracks, 0);
    }
    for (const packet of group) this.#gather(packet);
    const lengthMs = (group.at(-1)?.dtsMs ?? 0) - (first?.dtsMs ?? 0);
    this.#bytesPerSecond = (this.#pendingBytes() * 1000) / Math.max(1000, lengthMs);
    this.#flush();
    this.#measured.bytes = 0;
  }

  #pendingBytes(): number {
    return this.#pending.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** New viewers begin with these tracks; returns their parameters, not sealed. */
  #useTracks(tracks: TrackSet, dtsMs: number): Uint8Array {
    const { framing } = this.#options;
    const parameters = framing.parameters(tracks, dtsMs);
    this.#tracks = tracks;
    this.#head = this.#seal(framing.head(tracks));
    this.#start = undefined;
    this.#parameters = this.#seal(parameters);
    return parameters;
  }

  #isFlushDue(packet: Packet): boolean {
    if (this.#options.mergeWindowMs > 0) return false;
    return packet.kind === 'video' || packet.dtsMs - this.#pendingSinceDtsMs >= AUDIO_GATHER_MS;
  }

  #startsGroup(packet: Packet): boolean {
    return startsGroup(packet, packet.position.tracks.video !== undefined);
  }

  #gather(packet: Packet): void {
    if (this.#pending.length === 0) {
      this.#pendingSinceDtsMs = packet.dtsMs;
      this.#pendingStartsGroup = this.#startsGroup(packet);
    }
    if (packet.position.startsSegment && packet.position.tracks !== this.#tracks) {
      this.#pending.push(this.#useTracks(packet.position.tracks, packet.dtsMs));
      this.#pendingHasParameters = true;
    }
    this.#pending.push(...this.#options.framing.packet(packet));
  }

  #seal(bytes: Uint8Array): Uint8Array {
    return asBuffer(this.#options.framing.seal?.(bytes) ?? bytes);
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const [first] = this.#pending;
    if (!first) return;
    const flush: Flush = {
      bytes: this.#seal(this.#pending.length === 1 ? first : concat(this.#pending)),
      startsGroup: this.#pendingStartsGroup,
      hasParameters: this.#pendingHasParameters,
    };
    this.#pending = [];
    this.#pendingHasParameters = false;
    this.#remember(flush);
    this.#measure(flush.bytes.length);
    this.#deliver(flush);
  }

  #startBytes(): Uint8Array {
    this.#start ??= asBuffer(concat([this.#head, ...this.#group.map(({ bytes }) => bytes)]));
    return this.#start;
  }

  #remember(flush: Flush): void {
    this.#start = undefined;
    if (flush.startsGroup) {
      this.#group = [];
      this.#isGroupTooLarge = false;
    }
    if (this.#options.stream.cache.isOverflowing) this.#isGroupTooLarge = true;
    if (this.#isGroupTooLarge) this.#group = [];
    else if (this.#group.length > 0 || flush.startsGroup) this.#group.push(flush);
  }

  #deliver(flush: Flush): void {
    const { queueBytes, queueSeconds, stallMs, clock } = this.#options;
    const secondsBound = Math.max(SMALLEST_QUEUE_BYTES, this.#bytesPerSecond * queueSeconds);
    const limits = { nowMs: clock.nowMs(), queueBytes: Math.min(queueBytes, secondsBound), stallMs };
    const viewersBefore = this.#viewers.length;
    for (let index = this.#viewers.length - 1; index >= 0; index--) {
      const viewer = this.#viewers[index];
      if (!viewer || viewer.offer(flush, this.#head, this.#parameters, limits)) continue;
      this.#removeAt(index);
      this.#options.tally.closedViewers++;
      viewer.sink.end('TOO_SLOW');
    }
    if (viewersBefore > 0 && this.#viewers.length === 0) this.#close();
  }

  #measure(sizeBytes: number): void {
    const nowMs = this.#options.clock.nowMs();
    this.#measured.bytes += sizeBytes;
    const elapsedMs = nowMs - this.#measured.sinceMs;
    if (elapsedMs < 1000) return;
    this.#bytesPerSecond = (this.#measured.bytes * 1000) / elapsedMs;
    this.#measured = { bytes: 0, sinceMs: nowMs };
  }

  #remove(viewer: FeedViewer): void {
    const index = this.#viewers.indexOf(viewer);
    if (index < 0) return;
    this.#removeAt(index);
    if (this.#viewers.length === 0) this.#close();
  }

  #removeAt(index: number): void {
    const last = this.#viewers.pop();
    if (last && index < this.#viewers.length) this.#viewers[index] = last;
  }

  #close(): void {
    this.#cancelTimer?.();
    this.#stopReading();
    this.#options.onUnused();
  }
}

/** What goes to the sinks is a Buffer: a socket would make one of any other array again for every viewer. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
