import { type Clock, type Packet, type Stream, type StreamReader, startsGroup, type TrackSet } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { FeedViewer, type ViewerSink } from './feed-viewer.ts';
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
};

type Flush = { readonly bytes: Uint8Array; readonly startsGroup: boolean };

/** Audio alone waits no longer than this for a picture to ride along with. */
const AUDIO_GATHER_MS = 100;
const SMALLEST_QUEUE_BYTES = 262_144;

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
  #tracks: TrackSet;
  #head: Uint8Array;
  #group: Flush[] = [];
  #isGroupTooLarge = false;
  #pending: Uint8Array[] = [];
  #pendingStartsGroup = false;
  #pendingSinceDtsMs = 0;
  #cancelTimer: (() => void) | undefined;
  #bytesPerSecond = 0;
  #measured = { bytes: 0, sinceMs: 0 };
  /** Viewers that were closed because they did not keep up. */
  closedViewers = 0;
  /** Bytes of flushes times the viewers they were offered to. */
  deliveredBytes = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#tracks = options.stream.tracks;
    this.#head = this.#seal(options.framing.head(this.#tracks));
    this.#measured.sinceMs = options.clock.nowMs();
    for (const packet of options.stream.cache.sinceKeyFrame()) this.#gather(packet);
    this.#flush();
    this.#stopReading = options.stream.read(this);
  }

  get viewerCount(): number {
    return this.#viewers.length;
  }

  /** Total of key-frame skips of the viewers that are here now. */
  get skips(): number {
    return this.#viewers.reduce((sum, viewer) => sum + viewer.skips, 0);
  }

  /** Starts a viewer at the last key frame; returns what takes it out again. */
  add(sink: ViewerSink): () => void {
    sink.write(this.#head);
    let joinBytes = this.#head.length;
    for (const flush of this.#group) {
      sink.write(flush.bytes);
      joinBytes += flush.bytes.length;
    }
    const viewer = new FeedViewer(sink, joinBytes, this.#group.length === 0, this.#options.clock.nowMs());
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

  #isFlushDue(packet: Packet): boolean {
    if (this.#options.mergeWindowMs > 0) return false;
    return packet.kind === 'video' || packet.dtsMs - this.#pendingSinceDtsMs >= AUDIO_GATHER_MS;
  }

  #startsGroup(packet: Packet): boolean {
    return startsGroup(packet, this.#options.stream.tracks.video !== undefined);
  }

  #gather(packet: Packet): void {
    if (this.#pending.length === 0) {
      this.#pendingSinceDtsMs = packet.dtsMs;
      this.#pendingStartsGroup = this.#startsGroup(packet);
    }
    if (this.#tracks !== this.#options.stream.tracks && packet.position.startsSegment) {
      this.#tracks = this.#options.stream.tracks;
      this.#head = this.#seal(this.#options.framing.head(this.#tracks));
      this.#pending.push(this.#options.framing.parameters(this.#tracks, packet.dtsMs));
    }
    this.#pending.push(this.#options.framing.packet(packet));
  }

  #seal(bytes: Uint8Array): Uint8Array {
    return this.#options.framing.seal?.(bytes) ?? bytes;
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const [first] = this.#pending;
    if (!first) return;
    const flush: Flush = {
      bytes: this.#seal(this.#pending.length === 1 ? first : concat(this.#pending)),
      startsGroup: this.#pendingStartsGroup,
    };
    this.#pending = [];
    this.#remember(flush);
    this.#measure(flush.bytes.length);
    this.#deliver(flush);
  }

  #remember(flush: Flush): void {
    if (flush.startsGroup) {
      this.#group = [];
      this.#isGroupTooLarge = false;
    }
    if (this.#options.stream.cache.isOverflowing) this.#isGroupTooLarge = true;
    if (this.#isGroupTooLarge) this.#group = [];
    else if (this.#group.length > 0 || flush.startsGroup) this.#group.push(flush);
  }

  #deliver({ bytes, startsGroup }: Flush): void {
    const { queueBytes, queueSeconds, stallMs, clock } = this.#options;
    const secondsBound = Math.max(SMALLEST_QUEUE_BYTES, this.#bytesPerSecond * queueSeconds);
    const limits = { nowMs: clock.nowMs(), queueBytes: Math.min(queueBytes, secondsBound), stallMs };
    for (let index = this.#viewers.length - 1; index >= 0; index--) {
      const viewer = this.#viewers[index];
      if (!viewer || viewer.offer(bytes, startsGroup, limits)) continue;
      this.#removeAt(index);
      this.closedViewers++;
      viewer.sink.end('TOO_SLOW');
    }
    this.deliveredBytes += bytes.length * this.#viewers.length;
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
