import type { Duplex } from 'node:stream';
import type { Clock, Packet, Stream, StreamReader, Track, TrackSet } from '../live/index.ts';
import {
  encodeFrame,
  type Frame,
  FrameReader,
  OLDEST_READER,
  type PacketFrame,
  type RenditionFacts,
  type RunningFrame,
  WIRE_VERSION,
} from './wire/index.ts';

export type StreamSenderOptions = {
  readonly stream: Stream;
  /** What playlists list of a stream before a segment, of whole segments in a row; nothing where it is not packaged. */
  readonly listedBefore?: ((stream: Stream, segment: number) => readonly Packet[]) | undefined;
  readonly socket: Duplex;
  readonly clock: Clock;
  /** Who sends, and by which ownership of the stream. */
  readonly node: string;
  readonly epoch: number;
  readonly renditionsOf: (stream: Stream) => readonly RenditionFacts[];
  /** Whether anybody watches the copy from the start. */
  readonly isWatched: boolean;
  /** Left out where nobody stands by. */
  readonly runningOf?: (stream: Stream) => Omit<RunningFrame, 'kind'>;
  /** What may wait to be taken, beside what a copy begins with. */
  readonly maxBytes: number;
  /** A reader that takes nothing for this long is given up. */
  readonly stallMs: number;
  readonly onSent?: (bytes: number) => void;
  readonly onTooSlow?: () => void;
};

const ALIVE_MS = 1000;
/** How long the last of it may take to leave. */
const LAST_MS = 1000;
/** Sound alone waits no longer than this for a picture to go with. */
const SOUND_WAITS_MS = 100;
const MAX_TRACK_SETS = 0xffff;

/**
 * Sends a stream to whoever makes a copy of it: what a newcomer needs, then everything as it is published. A copy is
 * complete: one that cannot keep up is closed, and comes again.
 */
export class StreamSender implements StreamReader {
  readonly #options: StreamSenderOptions;
  readonly #sets = new Map<TrackSet, number>();
  readonly #lone = new WeakMap<Track, TrackSet>();
  #stopReading: () => void = () => {};
  #cancelAlive: () => void = () => {};
  #allowedBytes: number;
  #behindSinceMs: number | undefined;
  #isCorked = false;
  #isLeaving = false;
  /** The time of the first sound that waits for a picture. */
  #soundSinceDtsMs: number | undefined;
  #isOver = false;
  #toldRenditions = '';
  #toldRunning = '';
  #isWatched: boolean;

  constructor(options: StreamSenderOptions) {
    this.#options = options;
    this.#isWatched = options.isWatched;
    const { stream, socket } = options;
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => {
      this.#behindSinceMs = undefined;
      this.#allowedBytes = options.maxBytes;
    });
    socket.once('close', () => this.#stop());
    this.#hear(socket);
    this.#allowedBytes = Number.POSITIVE_INFINITY;
    this.#begin(stream);
    this.#allowedBytes = socket.writableLength + options.maxBytes;
    this.#stopReading = stream.read(this);
    if (this.#isOver) this.#stopReading();
    this.#stayAlive();
  }

  get stream(): Stream {
    return this.#options.stream;
  }

  /** Whether anybody watches the copy, as far as was said. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  packet(packet: Packet): void {
    try {
      if (packet.position.startsSegment) this.#tellRenditions();
      this.#send(packet);
      if (!this.#mayWait(packet)) this.#leaveSoon();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  interrupted(): void {
    this.#write({ kind: 'interrupted' });
  }

  cut(): void {
    this.#write({ kind: 'cut' });
  }

  resumed(): void {
    this.#write({ kind: 'resumed' });
  }

  whole(): void {
    this.#write({ kind: 'whole' });
  }

  /** What goes on elsewhere has come to no end: all came that there was of it here. */
  ended(): void {
    const { stream } = this.#options;
    this.#write({ kind: (stream.parent ?? stream).goesOnElsewhere ? 'interrupted' : 'ended' });
    this.#options.socket.end();
    this.#stop();
  }

  /** At once. */
  close(): void {
    this.#options.socket.destroy();
    this.#stop();
  }

  /** What was written still leaves, where it is taken within a moment. */
  async finish(): Promise<void> {
    const { socket, clock } = this.#options;
    this.#stop();
    if (socket.destroyed) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const cancel = clock.after(LAST_MS, () => socket.destroy());
    socket.end();
    await closed;
    cancel();
  }

  #hear(socket: Duplex): void {
    const reader = new FrameReader();
    socket.on('data', (bytes: Uint8Array) => {
      try {
        for (const { kind } of reader.push(bytes)) {
          if (kind === 'watched' || kind === 'unwatched') this.#isWatched = kind === 'watched';
        }
      } catch {
        this.close();
      }
    });
  }

  #begin(stream: Stream): void {
    const { node, epoch } = this.#options;
    const kept = this.#keptOf(stream);
    this.#write({
      ...{ kind: 'hello', version: WIRE_VERSION, oldestReader: OLDEST_READER, node, epoch },
      ...{ startedWallMs: stream.startedWallMs, parent: stream.parent?.id.name ?? '' },
      firstPacket: stream.packetCount - kept.length,
    });
    this.#tellRenditions();
    this.#tellRunning();
    this.#sendKept(stream, kept);
    this.#leaveSoon();
    if (stream.isWhole) this.whole();
    this.#write({ kind: stream.state === 'waiting' ? 'interrupted' : 'alive' });
  }

  #sendKept(stream: Stream, kept: readonly Packet[]): void {
    let segment = -1;
    const tellCut = () => stream.isCut(segment) && this.#write({ kind: 'cut' });
    for (const packet of kept) {
      if (packet.position.segment !== segment) tellCut();
      segment = packet.position.segment;
      this.#send(packet);
    }
    tellCut();
  }

  /** For newcomers; what playlists list before that as well, where it begins with a segment. */
  #keptOf(stream: Stream): readonly Packet[] {
    const { packets } = stream.cache;
    const [first] = packets;
    const { listedBefore } = this.#options;
    if (!listedBefore || !first?.position.startsSegment) return packets;
    return [...listedBefore(stream, first.position.segment), ...packets];
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopReading();
    this.#cancelAlive();
  }

  #stayAlive(): void {
    if (this.#isOver) return;
    this.#cancelAlive = this.#options.clock.after(ALIVE_MS, () => {
      this.#tellRenditions();
      this.#tellRunning();
      this.#write({ kind: 'alive' });
      this.#stayAlive();
    });
  }

  #tellRenditions(): void {
    const { stream, renditionsOf } = this.#options;
    if (stream.parent) return;
    const renditions = renditionsOf(stream);
    const told = JSON.stringify(renditions);
    if (told === this.#toldRenditions || (told === '[]' && this.#toldRenditions === '')) return;
    this.#toldRenditions = told;
    this.#write({ kind: 'renditions', renditions });
  }

  #tellRunning(): void {
    const { stream, runningOf } = this.#options;
    const running = runningOf?.(stream);
    const told = JSON.stringify(running);
    if (!running || told === this.#toldRunning) return;
    this.#toldRunning = told;
    this.#write({ kind: 'running', ...running });
  }

  #send(packet: Packet): void {
    const { position, dtsMs, wallMs, data } = packet;
    const segmentTracks = this.#numberOf(position.tracks);
    const frame: PacketFrame = {
      kind: 'packet',
      media: packet.kind,
      isKeyFrame: packet.kind === 'video' && packet.isKeyFrame,
      startsSegment: position.startsSegment,
      startsPart: position.startsPart,
      isDiscontinuity: position.isDiscontinuity,
      segmentTracks,
      ownTracks: packet.kind === 'data' ? segmentTracks : this.#numberOfOwn(packet.track, position.tracks),
      segment: position.segment,
      part: position.part,
      discontinuities: position.discontinuities,
      dtsMs,
      wallMs,
      data,
      mediaTime: packet.kind === 'data' ? 0 : packet.mediaTime,
      extra: packet.kind === 'video' ? packet.compositionMs : packet.kind === 'audio' ? packet.durationTicks : 0,
    };
    this.#gather(frame);
  }

  /** Viewers of a copy get sound with the next picture; as often as it comes, the copy would be woken for nothing. */
  #mayWait({ kind, dtsMs, position }: Packet): boolean {
    if (kind !== 'audio' || !position.tracks.video) return false;
    this.#soundSinceDtsMs ??= dtsMs;
    return dtsMs - this.#soundSinceDtsMs < SOUND_WAITS_MS;
  }

  /** The number of a set of tracks, which is told before it is used. */
  #numberOf(tracks: TrackSet): number {
    const known = this.#sets.get(tracks);
    if (known !== undefined) return known;
    const number = this.#sets.size;
    if (number > MAX_TRACK_SETS) {
      this.close();
      return 0;
    }
    this.#sets.set(tracks, number);
    this.#write({ kind: 'tracks', number, tracks });
    return number;
  }

  /** The set that a packet's track is in: that of its segment, or one of its own where they differ. */
  #numberOfOwn(track: Track, ofSegment: TrackSet): number {
    if (ofSegment[track.kind] === track) return this.#numberOf(ofSegment);
    const alone = this.#lone.get(track) ?? { [track.kind]: track };
    this.#lone.set(track, alone);
    return this.#numberOf(alone);
  }

  #write(frame: Frame): void {
    this.#gather(frame);
    this.#leaveSoon();
  }

  #gather(frame: Frame): void {
    const { socket } = this.#options;
    if (this.#isOver || socket.destroyed) return;
    if (!this.#isCorked) socket.cork();
    this.#isCorked = true;
    let sizeBytes = 0;
    let isTaken = true;
    for (const piece of encodeFrame(frame)) {
      isTaken = socket.write(piece);
      sizeBytes += piece.length;
    }
    this.#options.onSent?.(sizeBytes);
    this.#watchQueue(isTaken);
  }

  /** What is published in one go leaves in one go. */
  #leaveSoon(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    process.nextTick(() => {
      this.#isLeaving = false;
      this.#isCorked = false;
      this.#soundSinceDtsMs = undefined;
      this.#options.socket.uncork();
    });
  }

  #watchQueue(isTaken: boolean): void {
    const { socket, clock, stallMs } = this.#options;
    const nowMs = clock.nowMs();
    if (!isTaken) this.#behindSinceMs ??= nowMs;
    const isStalled = this.#behindSinceMs !== undefined && nowMs - this.#behindSinceMs > stallMs;
    if (!isStalled && socket.writableLength <= this.#allowedBytes) return;
    this.#options.onTooSlow?.();
    this.close();
  }
}
