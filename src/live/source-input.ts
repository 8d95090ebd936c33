import type { Clock } from './clock.ts';
import type { GopCacheLimits } from './gop-cache.ts';
import { HeldGroups } from './held-groups.ts';
import { isKeyFrame, type UnplacedPacket } from './packet.ts';
import { SourcePulse } from './source-pulse.ts';
import { Splice, type StreamEdge, tracksAs } from './splice.ts';
import type { Stream } from './stream.ts';
import type { TrackSet } from './track.ts';

/** What feeds a stream: its encoder, the one that stands by, or what is shown without either. */
export type SourceRole = 'main' | 'backup' | 'slate';

export type SourceInputOptions = {
  readonly role: SourceRole;
  readonly output: SwitchOutput;
  readonly clock: Clock;
  readonly stallMs: number;
  readonly hold: GopCacheLimits;
  /** A packet of a source that is not on air; it may be put on air at this moment. */
  readonly onStandby: (input: SourceInput, startsGroup: boolean) => void;
};

const MOST_APART_MS = 1000;
/** One packet of sound, of any codec. */
const LONGEST_SOUND_MS = 64;

/** Where a source's packets go: into the stream while it is on air, else into its own last group of pictures. */
export class SourceInput {
  readonly role: SourceRole;
  readonly pulse: SourcePulse;
  readonly #options: SourceInputOptions;
  #tracks: TrackSet = {};
  readonly #held: HeldGroups;
  #splice: Splice | undefined;
  /** The tracks under which the stream has it. */
  #shown: TrackSet = {};
  #lastDtsMs = 0;
  #lastAtMs = 0;
  #isOnAir = false;

  constructor(options: SourceInputOptions) {
    this.role = options.role;
    this.#options = options;
    this.#held = new HeldGroups(options.hold);
    this.pulse = new SourcePulse(options.stallMs, options.clock.nowMs());
  }

  get isOnAir(): boolean {
    return this.#isOnAir;
  }

  get tracks(): TrackSet {
    return this.#tracks;
  }

  /** Whether it has something that a decoder can begin with. */
  get isReady(): boolean {
    return !this.#held.isEmpty;
  }

  setTracks(tracks: TrackSet): void {
    this.#tracks = tracks;
    if (this.#isOnAir) this.#show();
    else this.#held.clear();
  }

  resumeDtsMs(): number {
    return this.#options.output.stream.resumeDtsMs();
  }

  break(): void {
    if (this.#isOnAir) this.#options.output.stream.break();
  }

  publish(packet: UnplacedPacket): void {
    const nowMs = this.#options.clock.nowMs();
    const isLeading = packet.kind === (this.#tracks.video ? 'video' : 'audio');
    if (isLeading) {
      this.pulse.beat(packet, nowMs);
      this.#lastDtsMs = packet.dtsMs;
      this.#lastAtMs = nowMs;
    }
    if (this.#isOnAir) {
      this.#give(packet);
      return;
    }
    this.#held.add(packet, this.#tracks.video !== undefined);
    this.#options.onStandby(this, isLeading && (packet.kind === 'audio' || isKeyFrame(packet)));
  }

  /** Its packets are the stream's from now on; without an edge they keep their times. */
  goOnAir(edge: StreamEdge | undefined): void {
    const nowMs = this.#options.clock.nowMs();
    const sourceNowMs = this.#lastDtsMs + nowMs - this.#lastAtMs;
    const offsetMs = Math.round(this.#options.output.streamMs(nowMs) - sourceNowMs);
    const held = this.#held.after(edge ? edge.videoMs - offsetMs : Number.POSITIVE_INFINITY);
    this.#held.clear();
    this.#isOnAir = true;
    if (edge) this.#splice = new Splice(held, offsetMs, edge);
    if (held.length > 0) this.#show();
    for (const packet of held) this.#give(packet);
  }

  /** Takes what it sent elsewhere before it came here: as of a source that stood by, only its newest is shown. */
  bring(send: () => void): void {
    const wasOnAir = this.#isOnAir;
    this.#isOnAir = false;
    send();
    if (wasOnAir)
      this.goOnAir(this.isReady ? this.#options.output.edgeOfOthers(this.#options.clock.nowMs()) : undefined);
  }

  goOffAir(): void {
    this.#isOnAir = false;
    this.#splice = undefined;
  }

  /** Tracks that are what the stream has are that: then nothing begins anew for viewers. */
  #show(): void {
    const { stream } = this.#options.output;
    const { video, audio } = this.#splice ? tracksAs(stream.tracks, this.#tracks) : this.#tracks;
    const isSame = video === stream.tracks.video && audio === stream.tracks.audio;
    if (!isSame) stream.setTracks({ ...(video ? { video } : {}), ...(audio ? { audio } : {}) });
    this.#shown = stream.tracks;
  }

  #give(packet: UnplacedPacket): void {
    const placed = this.#splice ? this.#splice.place(packet, this.#shown) : packet;
    if (placed) this.#options.output.give(placed, this.#options.clock.nowMs());
  }
}

/** The one way from the sources into their stream. */
export class SwitchOutput {
  readonly stream: Stream;
  #videoMs = Number.NEGATIVE_INFINITY;
  #audioEndMs = Number.NEGATIVE_INFINITY;
  /** Of the last picture, or the last sound where there are no pictures: when it is, and when it came. */
  #lastMs = 0;
  #lastAtMs = 0;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** Undefined as long as nothing went into the stream. */
  get edge(): StreamEdge | undefined {
    const [videoMs, audioEndMs] = [this.#videoMs, this.#audioEndMs];
    if (videoMs < 0 && audioEndMs < 0) return undefined;
    // Where one of the two was missing for long, it goes on near the other one.
    return {
      videoMs: Math.max(videoMs, audioEndMs - MOST_APART_MS),
      audioEndMs: Math.max(audioEndMs, videoMs - MOST_APART_MS),
    };
  }

  /** Where it goes on behind what others fed into the stream, if that was all so far. */
  edgeOfOthers(nowMs: number): StreamEdge | undefined {
    if (this.edge) return this.edge;
    const { lastDtsMs } = this.stream;
    this.#lastMs = this.stream.resumeDtsMs();
    this.#lastAtMs = nowMs;
    return { videoMs: lastDtsMs, audioEndMs: lastDtsMs + LONGEST_SOUND_MS };
  }

  /** Stream time now: like a source's, by its pictures, or switches would add up to a drift. */
  streamMs(nowMs: number): number {
    return this.#lastMs + nowMs - this.#lastAtMs;
  }

  give(packet: UnplacedPacket, nowMs: number): void {
    if (packet.kind === (this.stream.tracks.video ? 'video' : 'audio')) {
      this.#lastMs = packet.dtsMs;
      this.#lastAtMs = nowMs;
    }
    if (packet.kind === 'video') this.#videoMs = packet.dtsMs;
    else if (packet.kind === 'audio') {
      this.#audioEndMs = packet.dtsMs + (packet.durationTicks * 1000) / packet.track.timescale;
    }
    this.stream.publish(packet);
  }
}
