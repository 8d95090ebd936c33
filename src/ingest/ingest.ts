import type { AudioTrack, Clock, Stream, TrackSet, VideoTrack } from '../live/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import {
  type AudioTag,
  decodeAudioTag,
  decodeVideoTag,
  type VideoFrame,
  type VideoTag,
} from '../protocol/flv/index.ts';
import { type AudioSource, audioSourceOf } from './audio-track.ts';
import { PublishMeter } from './publish-meter.ts';
import { SampleClock } from './sample-clock.ts';
import { Timeline, type TrackKind } from './timeline.ts';
import { videoTrackOf } from './video-track.ts';

/** What ingest left out or mended, counted since the publish began. */
export type IngestCounters = {
  framesBeforeHeader: number;
  framesBeforeKeyFrame: number;
  unsupportedFrames: number;
  otherTracks: number;
  malformedTags: number;
  clockJumps: number;
};

export type IngestOptions = {
  readonly stream: Stream;
  readonly clock: Clock;
  /** A codec that can't be carried was met for the first time. */
  readonly onUnsupported?: (kind: TrackKind, codec: string) => void;
};

/** How long a publish waits for the second track that its metadata promises. */
const TRACK_WAIT_MS = 1000;
const MAX_HELD_TAGS = 1000;
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MAX_COMPOSITION_MS = 5000;
const MIN_COMPOSITION_MS = -1000;

type HeldTag = {
  readonly kind: TrackKind;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly atMs: number;
};

/**
 * The one way into a stream: FLV tags become packets. Finds the tracks that really come, begins at a key frame, and
 * repairs times. One per publish; a publisher's reconnect is a new one on the same stream.
 */
export class Ingest {
  readonly counters: IngestCounters = {
    framesBeforeHeader: 0,
    framesBeforeKeyFrame: 0,
    unsupportedFrames: 0,
    otherTracks: 0,
    malformedTags: 0,
    clockJumps: 0,
  };
  readonly meter = new PublishMeter();
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #onUnsupported: (kind: TrackKind, codec: string) => void;
  readonly #timeline: Timeline;
  readonly #unsupported = new Set<string>();
  #promised: { video: boolean; audio: boolean } | undefined;
  #held: HeldTag[] | undefined = [];
  #heldBytes = 0;
  #seen = { video: false, audio: false };
  #video: VideoTrack | undefined;
  #audio: AudioSource | undefined;
  #sampleClock: SampleClock | undefined;
  #isStarted = false;

  constructor(options: IngestOptions) {
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#onUnsupported = options.onUnsupported ?? (() => {});
    this.#timeline = new Timeline(options.stream.resumeDtsMs());
  }

  /** What the encoder's metadata promises; a promise that isn't kept costs a second, not the stream. */
  promise(tracks: { video: boolean; audio: boolean }): void {
    this.#promised = tracks;
  }

  /** @param timestamp as sent, unsigned 32 bits. @param payload owned by ingest from here on */
  video(timestamp: number, payload: Uint8Array): void {
    this.#take({ kind: 'video', timestamp, payload, atMs: this.#clock.nowMs() });
  }

  audio(timestamp: number, payload: Uint8Array): void {
    this.#take({ kind: 'audio', timestamp, payload, atMs: this.#clock.nowMs() });
  }

  /** A script message, passed on as it is. */
  data(payload: Uint8Array): void {
    if (!this.#isStarted) return;
    this.#stream.publish({
      kind: 'data',
      dtsMs: this.#timeline.lastDtsMs,
      wallMs: this.#clock.wallMs(),
      data: payload,
    });
  }

  /** Lets go what is held while waiting for tracks; call when time has passed without a packet. */
  flush(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const tag of held ?? []) this.#process(tag);
  }

  #take(tag: HeldTag): void {
    if (!this.#held) {
      this.#process(tag);
      return;
    }
    this.#held.push(tag);
    this.#heldBytes += tag.payload.length;
    this.#look(tag);
    if (this.#isComplete(tag)) this.flush();
  }

  #look(tag: HeldTag): void {
    if (this.#seen[tag.kind]) return;
    try {
      const decoded = tag.kind === 'video' ? decodeVideoTag(tag.payload) : decodeAudioTag(tag.payload);
      const first = decoded.kind === 'multitrack' ? decoded.first : decoded;
      if (first.kind === 'frame') this.#seen[tag.kind] = true;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  #isComplete(tag: HeldTag): boolean {
    const { video, audio } = this.#seen;
    if (video && audio) return true;
    const isOtherComing = this.#promised === undefined || (video ? this.#promised.audio : this.#promised.video);
    if ((video || audio) && !isOtherComing) return true;
    const first = this.#held?.[0];
    if (!first || this.#held === undefined) return true;
    const waitedMs = tag.atMs - first.atMs;
    return waitedMs >= TRACK_WAIT_MS || this.#held.length >= MAX_HELD_TAGS || this.#heldBytes >= MAX_HELD_BYTES;
  }

  #process(tag: HeldTag): void {
    try {
      if (tag.kind === 'video') this.#videoTag(decodeVideoTag(tag.payload), tag);
      else this.#audioTag(decodeAudioTag(tag.payload), tag);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.counters.malformedTags++;
    }
  }

  #videoTag(decoded: VideoTag, tag: HeldTag): void {
    switch (decoded.kind) {
      case 'sequence-header':
        if (!this.#video || this.#video.codec !== decoded.codec || !isEqual(this.#video.config, decoded.config)) {
          this.#video = videoTrackOf(decoded.codec, decoded.config);
        }
        return;
      case 'frame':
        this.#videoFrame(decoded, tag);
        return;
      case 'multitrack':
        this.counters.otherTracks += decoded.otherTracks;
        if (decoded.trackId === 0) this.#videoTag(decoded.first, tag);
        else this.counters.otherTracks++;
        return;
      case 'unsupported':
        this.#refuse('video', decoded.codecId);
        return;
      default:
        return;
    }
  }

  #videoFrame(frame: VideoFrame, tag: HeldTag): void {
    const track = this.#video;
    if (!track || track.codec !== frame.codec) {
      this.counters.framesBeforeHeader++;
      return;
    }
    this.#seen.video = true;
    const stamp = this.#stamp(tag);
    this.meter.packet('video', tag.payload.length, stamp.dtsMs, tag.atMs, frame.isKeyFrame);
    const isCurrent = this.#isStarted && this.#stream.tracks.video === track;
    if (!frame.isKeyFrame && !isCurrent) {
      this.counters.framesBeforeKeyFrame++;
      return;
    }
    if (frame.isKeyFrame)
      this.#adopt({ video: track, ...(this.#audio && this.#seen.audio ? { audio: this.#audio.track } : {}) });
    this.#stream.publish({
      kind: 'video',
      track,
      dtsMs: stamp.dtsMs,
      mediaTime: (stamp.dtsMs * track.timescale) / 1000,
      compositionMs: Math.max(MIN_COMPOSITION_MS, Math.min(MAX_COMPOSITION_MS, frame.compositionTimeMs)),
      isKeyFrame: frame.isKeyFrame,
      wallMs: this.#clock.wallMs() - (this.#clock.nowMs() - tag.atMs),
      data: frame.data,
    });
  }

  #audioTag(decoded: AudioTag, tag: HeldTag): void {
    switch (decoded.kind) {
      case 'sequence-header':
        if (!this.#audio || !isEqual(this.#audio.track.config, decoded.config)) {
          this.#audio = audioSourceOf(decoded.codec, decoded.config);
          this.#sampleClock = undefined;
        }
        return;
      case 'frame':
        if (decoded.codec === 'mp3') this.#audio ??= audioSourceOf('mp3', decoded.data);
        if (this.#audio?.track.codec === decoded.codec) this.#audioFrame(this.#audio, decoded.data, tag);
        else this.counters.framesBeforeHeader++;
        return;
      case 'multitrack':
        this.counters.otherTracks += decoded.otherTracks;
        if (decoded.trackId === 0) this.#audioTag(decoded.first, tag);
        else this.counters.otherTracks++;
        return;
      case 'unsupported':
        this.#refuse('audio', decoded.codecId);
        return;
      default:
        return;
    }
  }

  #audioFrame(source: AudioSource, data: Uint8Array, tag: HeldTag): void {
    this.#seen.audio = true;
    const stamp = this.#stamp(tag);
    this.meter.packet('audio', tag.payload.length, stamp.dtsMs, tag.atMs, false);
    const { track } = source;
    const durationTicks = source.samplesOf(data);
    if (!this.#mayPublishAudio(track)) {
      this.counters.framesBeforeKeyFrame++;
      return;
    }
    this.#sampleClock ??= new SampleClock(track.sampleRate);
    this.#stream.publish({
      kind: 'audio',
      track,
      dtsMs: stamp.dtsMs,
      mediaTime: this.#sampleClock.stamp(stamp.dtsMs, durationTicks),
      durationTicks,
      wallMs: this.#clock.wallMs() - (this.#clock.nowMs() - tag.atMs),
      data,
    });
  }

  /** With video, new audio parameters take effect with a key frame, so that no picture is lost to the change. */
  #mayPublishAudio(track: AudioTrack): boolean {
    if (this.#video && this.#seen.video) return this.#isStarted && this.#stream.tracks.audio === track;
    this.#adopt({ audio: track });
    return true;
  }

  #adopt(tracks: TrackSet): void {
    const current = this.#stream.tracks;
    if (!this.#isStarted || current.video !== tracks.video || current.audio !== tracks.audio) {
      this.#stream.setTracks(tracks);
      this.#isStarted = true;
    }
  }

  #stamp(tag: HeldTag): { readonly dtsMs: number } {
    const stamp = this.#timeline.stamp(tag.kind, tag.timestamp, tag.atMs);
    if (stamp.isJump) {
      this.counters.clockJumps++;
      this.#stream.break();
    }
    return stamp;
  }

  #refuse(kind: TrackKind, codec: number | string): void {
    this.counters.unsupportedFrames++;
    const name = `${kind} ${codec}`;
    if (this.#unsupported.has(name) || this.#unsupported.size >= 16) return;
    this.#unsupported.add(name);
    this.#onUnsupported(kind, String(codec));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
