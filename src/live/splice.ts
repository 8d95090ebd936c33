import type { AudioPacket, UnplacedPacket, VideoPacket } from './packet.ts';
import type { AudioTrack, TrackSet, VideoTrack } from './track.ts';

/** The last times that went into the stream. */
export type StreamEdge = {
  /** Decoding time of the last picture. */
  readonly videoMs: number;
  /** Where the last sound ends. */
  readonly audioEndMs: number;
};

/** Pictures that are needed for decoding only are shown this long each. */
const HURRIED_FRAME_MS = 2;

/**
 * Brings a source's packets into stream time, so that they follow what another source left there. What its group of
 * pictures has from before that edge is needed for decoding only, and is hurried through just behind it:
 *
 *     source   K . . . . . . . . . . .          K: key frame
 *     stream   x x x x x x|                     x: what went out of the other source
 *                         |K........ . . .
 */
export class Splice {
  readonly #offsetMs: number;
  readonly #edge: StreamEdge;
  /** From the key frame's time on, up to the end, source time is pressed together. */
  readonly #hurried: { readonly fromMs: number; readonly startMs: number; readonly endMs: number } | undefined;
  #lastVideoMs: number;
  #hasSound = false;

  /** @param held the source's packets from its key frame on. @param offsetMs from source time to stream time */
  constructor(held: readonly UnplacedPacket[], offsetMs: number, edge: StreamEdge) {
    this.#offsetMs = offsetMs;
    this.#edge = edge;
    this.#lastVideoMs = edge.videoMs;
    const pictures = held.filter((packet) => packet.kind === 'video');
    const late = pictures.filter(({ dtsMs }) => dtsMs + offsetMs <= edge.videoMs).length;
    const [key] = pictures;
    if (!key || late === 0) return;
    const fromMs = key.dtsMs + offsetMs;
    const startMs = edge.videoMs + 1;
    this.#hurried = { fromMs, startMs, endMs: startMs + (late + 1) * HURRIED_FRAME_MS };
  }

  /** The packet in stream time; undefined for sound from before the edge. */
  place(packet: UnplacedPacket, tracks: TrackSet): UnplacedPacket | undefined {
    switch (packet.kind) {
      case 'video':
        return this.#video(packet, tracks.video ?? packet.track);
      case 'audio':
        return this.#audio(packet, tracks.audio ?? packet.track);
      default:
        return { ...packet, dtsMs: Math.max(packet.dtsMs + this.#offsetMs, this.#lastVideoMs, 0) };
    }
  }

  #video(packet: VideoPacket, track: VideoTrack): VideoPacket {
    const { kind, wallMs, isKeyFrame, data } = packet;
    const wantedMs = packet.dtsMs + this.#offsetMs;
    const dtsMs = Math.max(this.#pressed(wantedMs), this.#lastVideoMs + 1);
    const compositionMs = this.#pressed(wantedMs + packet.compositionMs) - dtsMs;
    this.#lastVideoMs = dtsMs;
    return { kind, track, dtsMs, mediaTime: (dtsMs * track.timescale) / 1000, compositionMs, isKeyFrame, wallMs, data };
  }

  #audio(packet: AudioPacket, track: AudioTrack): AudioPacket | undefined {
    const dtsMs = packet.dtsMs + this.#offsetMs;
    // Half a packet off is neither a gap nor an overlap that could be heard.
    const halfMs = (packet.durationTicks * 500) / track.timescale;
    if (!this.#hasSound && dtsMs < this.#edge.audioEndMs - halfMs) return undefined;
    this.#hasSound = true;
    const { kind, wallMs, durationTicks, data } = packet;
    const mediaTime = packet.mediaTime + Math.round((this.#offsetMs * track.timescale) / 1000);
    return { kind, track, dtsMs, mediaTime, durationTicks, wallMs, data };
  }

  #pressed(ms: number): number {
    const hurried = this.#hurried;
    if (!hurried || ms >= hurried.endMs) return ms;
    const { fromMs, startMs, endMs } = hurried;
    return Math.round(startMs + ((ms - fromMs) * (endMs - startMs)) / (endMs - fromMs));
  }
}

/** A source's tracks; in place of those that equal the stream's own, these, as tracks compare by identity. */
export function tracksAs(stream: TrackSet, source: TrackSet): TrackSet {
  const video = source.video && isSameTrack(stream.video, source.video) ? stream.video : source.video;
  const audio = source.audio && isSameTrack(stream.audio, source.audio) ? stream.audio : source.audio;
  return { ...(video ? { video } : {}), ...(audio ? { audio } : {}) };
}

function isSameTrack<T extends VideoTrack | AudioTrack>(a: T | undefined, b: T): boolean {
  return a?.codec === b.codec && a.timescale === b.timescale && isSame(a.config, b.config);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
