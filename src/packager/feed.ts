import { type Clock, type Packet, type Stream, type StreamReader, startsGroup, type TrackSet } from '../live/index.ts';
import { FeedLedger, type FeedTally, type Sent } from './feed-ledger.ts';
import { FeedViewer, type ViewerSink } from './feed-viewer.ts';
import type { Framing } from './framing.ts';
import { enclose, type Flush, Gathering, joined } from './gathering.ts';

export type FeedOptions = {
  readonly stream: Stream;
  readonly framing: Framing;
  readonly clock: Clock;
  /** The time between two flushes; 0 writes each video frame with the audio before it. */
  readonly mergeWindowMs: number;
  readonly queueBytes: number;
  readonly queueSeconds: number;
  readonly stallMs: number;
  /** The last viewer left, or the stream ended. */
  readonly onUnused: () => void;
  readonly tally: FeedTally;
  /** What else counts the bytes, asked for each flush. */
  readonly sent?: () => Sent | undefined;
};

/** A viewer's place at a feed. */
export interface FeedSeat {
  /** All that the viewer was given. */
  readonly bytes: number;
  leave(): void;
}

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
  readonly #ledger: FeedLedger;
  readonly #stopReading: () => void;
  readonly #gathering: Gathering;
  /** Of the packet that was gathered last. */
  #tracks: TrackSet = {};
  #hasNewTracks = false;
  /** What a viewer begins with; empty while no tracks are known. */
  #head: Uint8Array = NOTHING;
  #parameters: Uint8Array = NOTHING;
  #group: Uint8Array[] = [];
  /** Head and group in one piece, for all who join before the next flush. */
  #start: Uint8Array | undefined;
  #isGroupTooLarge = false;
  #gatheringSinceDtsMs = 0;
  #flushedMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #bytesPerSecond = 0;
  #measured = { bytes: 0, sinceMs: 0 };

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#gathering = new Gathering(options.framing);
    this.#ledger = new FeedLedger(options.tally, options.sent ?? (() => undefined));
    this.#measured.sinceMs = options.clock.nowMs();
    this.#begin(options.stream.cache.sinceKeyFrame());
    this.#stopReading = options.stream.read(this);
  }

  get viewerCount(): number {
    return this.#viewers.length;
  }

  /** Starts a viewer at the last key frame. */
  add(sink: ViewerSink): FeedSeat {
    const viewer = new FeedViewer(sink, this.#ledger, this.#options.clock.nowMs());
    viewer.join(this.#startBytes(), this.#head.length > 0, this.#group.length > 0);
    this.#viewers.push(viewer);
    return {
      get bytes() {
        return viewer.bytes;
      },
      leave: () => this.#remove(viewer),
    };
  }

  packet(packet: Packet): void {
    this.#gather(packet);
    if (this.#options.mergeWindowMs > 0) this.#flushInTime();
    else if (this.#isFlushDue(packet)) this.#flush();
  }

  interrupted(): void {
    this.#flush();
  }

  ended(): void {
    this.#flush();
    for (const viewer of this.#viewers.splice(0)) {
      viewer.leave();
      viewer.sink.end('STREAM_ENDED');
    }
    this.#close();
  }

  /** Makes the current group of pictures the first flush; its weight is the first guess at the bitrate. */
  #begin(group: readonly Packet[]): void {
    const [first] = group;
    if (this.#options.stream.tracks.video || this.#options.stream.tracks.audio) {
      this.#tracks = first?.position.tracks ?? this.#options.stream.tracks;
      this.#useTracks();
    }
    for (const packet of group) this.#gather(packet);
    const lengthMs = (group.at(-1)?.dtsMs ?? 0) - (first?.dtsMs ?? 0);
    this.#flush();
    this.#bytesPerSecond = (this.#measured.bytes * 1000) / Math.max(1000, lengthMs);
    this.#measured.bytes = 0;
  }

  /** New viewers begin with the tracks of the packets they get. */
  #useTracks(): void {
    const { framing } = this.#options;
    this.#hasNewTracks = false;
    this.#start = undefined;
    this.#head = joined(enclose(framing, framing.head(this.#tracks)));
    this.#parameters = joined(enclose(framing, framing.parameters(this.#tracks, this.#gatheringSinceDtsMs)));
  }

  #flushInTime(): void {
    const { clock, mergeWindowMs } = this.#options;
    const dueInMs = this.#flushedMs + mergeWindowMs - clock.nowMs();
    if (dueInMs <= 0) this.#flush();
    else this.#cancelTimer ??= clock.after(dueInMs, () => this.#flush());
  }

  #isFlushDue(packet: Packet): boolean {
    return packet.kind === 'video' || packet.dtsMs - this.#gatheringSinceDtsMs >= AUDIO_GATHER_MS;
  }

  #gather(packet: Packet): void {
    const { framing } = this.#options;
    const { tracks, startsSegment } = packet.position;
    if (this.#gathering.isEmpty) this.#gatheringSinceDtsMs = packet.dtsMs;
    if (startsGroup(packet, tracks.video !== undefined)) this.#gathering.beginEntry();
    if (startsSegment && tracks !== this.#tracks) {
      this.#tracks = tracks;
      this.#hasNewTracks = true;
      this.#gathering.pushParameters(framing.parameters(tracks, packet.dtsMs));
    }
    this.#gathering.push(framing.packet(packet));
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#gathering.isEmpty) return;
    this.#flushedMs = this.#options.clock.nowMs();
    if (this.#hasNewTracks) this.#useTracks();
    const flush = this.#gathering.take();
    this.#remember(flush);
    this.#measure(flush.bytes.length);
    this.#deliver(flush);
  }

  #startBytes(): Uint8Array {
    this.#start ??= joined([this.#head, ...this.#group]);
    return this.#start;
  }

  #remember({ bytes, entry }: Flush): void {
    this.#start = undefined;
    if (entry) {
      this.#group = [];
      this.#isGroupTooLarge = false;
    }
    if (this.#options.stream.cache.isOverflowing) this.#isGroupTooLarge = true;
    if (this.#isGroupTooLarge) this.#group = [];
    else if (entry) this.#group.push(entry.bytes);
    else if (this.#group.length > 0) this.#group.push(bytes);
  }

  #deliver(flush: Flush): void {
    const { queueBytes, queueSeconds, stallMs, clock, tally } = this.#options;
    const secondsBound = Math.max(SMALLEST_QUEUE_BYTES, this.#bytesPerSecond * queueSeconds);
    const limits = { nowMs: clock.nowMs(), queueBytes: Math.min(queueBytes, secondsBound), stallMs };
    const viewersBefore = this.#viewers.length;
    this.#ledger.flush(flush.bytes.length);
    for (let index = viewersBefore - 1; index >= 0; index--) {
      const viewer = this.#viewers[index];
      if (!viewer || viewer.offer(flush, this.#head, this.#parameters, limits)) continue;
      this.#removeAt(index);
      tally.closedViewers++;
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
    this.#viewers[index]?.leave();
    const last = this.#viewers.pop();
    if (last && index < this.#viewers.length) this.#viewers[index] = last;
  }

  #close(): void {
    this.#cancelTimer?.();
    this.#stopReading();
    this.#options.onUnused();
  }
}
