import type { AudioTrack, Packet, Rendition, Stream, TrackSet, UnplacedPacket } from '../live/index.ts';
import { presentationMs } from '../live/index.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import type { KnownTracks } from './rung-intake.ts';
import type { RungPlan } from './rung-plan.ts';

/** What a rung left out, counted since it began. */
export type RungCounters = { outOfOrder: number; withoutKeyFrame: number; copiesDropped: number };

/** Copied packets wait this long for encoded ones that belong beside them. */
const LONGEST_WAIT_MS = 10_000;
/** A longer step in what is encoded is a hole: copies from within it are left out. */
const HOLE_MS = 1000;

/**
 * The way into a rendition's stream. Encoded packets lead; what is copied from the source waits for them:
 *
 *     source  -- copied --> queue --\
 *     FFmpeg  -- encoded ------------+--> stream, in order of time
 */
export class RungOutput {
  readonly counters: RungCounters = { outOfOrder: 0, withoutKeyFrame: 0, copiesDropped: 0 };
  /** What FFmpeg's packets are of, over all of its runs. */
  readonly known: KnownTracks = {};
  readonly #rendition: Rendition;
  #copies = { video: false, audio: false };
  #encodes = { video: false, audio: false };
  #waiting: Packet[] = [];
  #lastDtsMs: number | undefined;
  #lastVideoMs = Number.NEGATIVE_INFINITY;
  #lastAudioMs = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #pictures = 0;
  #awaitsKeyFrame = true;

  constructor(rendition: Rendition, plan: RungPlan) {
    this.#rendition = rendition;
    this.plan(plan);
  }

  /** How it is made from the next packet on. */
  plan(plan: RungPlan): void {
    this.#copies = { video: plan.video === 'copy', audio: plan.audio === 'copy' };
    this.#encodes = { video: isEncoded(plan.video), audio: isEncoded(plan.audio) };
  }

  /** Stream time of the last encoded packet. */
  get lastDtsMs(): number | undefined {
    return this.#lastDtsMs;
  }

  get totalBytes(): number {
    return this.#bytes;
  }

  get totalPictures(): number {
    return this.#pictures;
  }

  /** An encoder that knows nothing of the pictures before begins: its first one must be a key frame. */
  encoderStarts(): void {
    this.#awaitsKeyFrame = true;
  }

  /** A packet of the source. */
  source(packet: Packet): void {
    if (packet.kind === 'data' || !this.#copies[packet.kind]) return;
    if (!this.#encodes.video && !this.#encodes.audio) {
      this.#publish(packet, packet.position.tracks);
      return;
    }
    this.#waiting.push(packet);
    while (packet.dtsMs - (this.#waiting[0]?.dtsMs ?? packet.dtsMs) > LONGEST_WAIT_MS) {
      this.#waiting.shift();
      this.counters.copiesDropped++;
    }
  }

  /** A packet of FFmpeg's, in stream time. */
  encoded(packet: UnplacedPacket): void {
    if (packet.kind === 'video' && this.#awaitsKeyFrame) {
      if (!packet.isKeyFrame || packet.dtsMs <= this.#lastVideoMs) return;
      this.#awaitsKeyFrame = false;
    }
    const holeMs = packet.dtsMs - (this.#lastDtsMs ?? Number.NEGATIVE_INFINITY);
    if (holeMs > HOLE_MS) this.#dropBefore(packet.dtsMs);
    this.#lastDtsMs = Math.max(packet.dtsMs, this.#lastDtsMs ?? packet.dtsMs);
    while (this.#waiting[0] && this.#waiting[0].dtsMs <= packet.dtsMs) {
      const copy = this.#waiting.shift();
      if (copy) this.#publish(copy, copy.position.tracks);
    }
    this.#publish(packet, this.#rendition.markAt(presentationMs(packet))?.tracks ?? {});
  }

  /** No more is encoded: what waits for that comes without. */
  finish(): void {
    for (const copy of this.#waiting.splice(0)) this.#publish(copy, copy.position.tracks);
  }

  #dropBefore(dtsMs: number): void {
    const kept = this.#waiting.filter((packet) => packet.dtsMs >= dtsMs);
    this.counters.copiesDropped += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }

  #publish(packet: UnplacedPacket, sourceTracks: TrackSet): void {
    if (!this.#isInOrder(packet)) {
      this.counters.outOfOrder++;
      return;
    }
    const stream = this.#adopt(packet, sourceTracks);
    if (!stream) {
      this.counters.withoutKeyFrame++;
      return;
    }
    if (packet.kind === 'video') {
      this.#lastVideoMs = packet.dtsMs;
      this.#pictures++;
    } else {
      this.#lastAudioMs = packet.dtsMs;
    }
    this.#bytes += packet.data.length;
    stream.publish(packet);
  }

  #isInOrder(packet: UnplacedPacket): boolean {
    return packet.kind === 'video' ? packet.dtsMs > this.#lastVideoMs : packet.dtsMs >= this.#lastAudioMs;
  }

  /** The stream, if the packet may go into it; new tracks are taken over where a segment of the source begins. */
  #adopt(packet: UnplacedPacket, source: TrackSet): Stream | undefined {
    const leads = packet.kind === 'video' || !this.#hasVideo(source);
    const { stream } = this.#rendition;
    if (!leads || (packet.kind === 'video' && !packet.isKeyFrame)) return this.#unchanged(packet, stream);
    const tracks = this.#tracksOf(packet, source);
    if (stream && isSame(stream.tracks, tracks)) return stream;
    const mark = this.#rendition.markAt(presentationMs(packet));
    if (stream && (mark?.segment ?? 0) <= stream.segment && !isSame(stream.tracks, {}))
      return this.#unchanged(packet, stream);
    const opened = stream ?? this.#rendition.open();
    opened?.setTracks(tracks);
    return opened;
  }

  #hasVideo(source: TrackSet): boolean {
    return this.#encodes.video || (this.#copies.video && source.video !== undefined);
  }

  #unchanged(packet: UnplacedPacket, stream: Stream | undefined): Stream | undefined {
    if (packet.kind === 'data' || !stream) return undefined;
    return stream.tracks[packet.kind] === packet.track ? stream : undefined;
  }

  #tracksOf(packet: UnplacedPacket, source: TrackSet): TrackSet {
    const video = packet.kind === 'video' ? packet.track : undefined;
    const audio = packet.kind === 'audio' ? packet.track : this.#audioOf(source);
    return { ...(video ? { video } : {}), ...(audio ? { audio } : {}) };
  }

  #audioOf(source: TrackSet): AudioTrack | undefined {
    return this.#copies.audio ? source.audio : this.known.audio;
  }
}

function isSame(a: TrackSet, b: TrackSet): boolean {
  return a.video === b.video && a.audio === b.audio;
}
