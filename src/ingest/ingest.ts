import type { AudioTrack, Clock, Stream, TrackSet, VideoTrack } from '../live/index.ts';
import { withoutTemporalDelimiters } from '../protocol/av1/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import {
  type AudioCodec,
  type AudioTag,
  decodeAudioTag,
  decodeVideoTag,
  type VideoFrame,
  type VideoTag,
} from '../protocol/flv/index.ts';
import { type AudioSource, audioSourceOf } from './audio-track.ts';
import { PublishMeter } from './publish-meter.ts';
import { SampleClock } from './sample-clock.ts';
import { SoundWatch } from './sound-watch.ts';
import { Timeline, type TrackKind } from './timeline.ts';
import { type VideoSource, videoSourceOf } from './video-track.ts';
import { WallTime } from './wall-time.ts';

/** What ingest left out or mended, counted since the publish began. */
export type IngestCounters = {
  framesBeforeHeader: number;
  framesBeforeKeyFrame: number;
  unsupportedFrames: number;
  otherTracks: number;
  malformedTags: number;
  clockJumps: number;
};

/** Where packets go: a stream, or a source's place in it. */
export type IngestTarget = Pick<Stream, 'tracks' | 'setTracks' | 'resumeDtsMs' | 'break' | 'publish'>;

export type IngestOptions = {
  readonly stream: IngestTarget;
  readonly clock: Clock;
  /** A codec that can't be carried was met for the first time. */
  readonly onUnsupported?: (kind: TrackKind, codec: string) => void;
};

/** How long a publish waits for the second track that its metadata promises. */
const TRACK_WAIT_MS = 1000;
const MAX_HELD_TAGS = 1000;
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** First timestamps of the two tracks that are further apart are not of one clock. */
const LARGEST_START_DISTANCE_MS = 5000;
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
  readonly sound = new SoundWatch();
  readonly #stream: IngestTarget;
  readonly #clock: Clock;
  readonly #onUnsupported: (kind: TrackKind, codec: string) => void;
  readonly #wallTime: WallTime;
  readonly #unsupported = new Set<string>();
  #timeline: Timeline | undefined;
  /** Tags that wait for the other track, until it is known which tracks come. */
  #held: HeldTag[] | undefined = [];
  #heldBytes = 0;
  #isExpected = { video: true, audio: true };
  /** Timestamps of the first frames. */
  #firstRaw: { video: number | undefined; audio: number | undefined } = { video: undefined, audio: undefined };
  #video: VideoSource | undefined;
  /** The track of the last key frame. */
  #videoTrack: VideoTrack | undefined;
  #audio: AudioSource | undefined;
  #sampleClock: SampleClock | undefined;
  #isStarted = false;

  constructor(options: IngestOptions) {
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#wallTime = new WallTime(options.clock);
    this.#onUnsupported = options.onUnsupported ?? (() => {});
  }

  /** What the encoder's metadata promises; a promise that isn't kept costs a second, not the stream. */
  promise(tracks: { video: boolean; audio: boolean }): void {
    if (tracks.video || tracks.audio) this.#isExpected = { video: tracks.video, audio: tracks.audio };
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
    if (!this.#isStarted || !this.#timeline) return;
    this.#stream.publish({
      kind: 'data',
      dtsMs: this.#timeline.lastDtsMs,
      wallMs: this.#wallTime.at(this.#clock.nowMs()),
      data: payload,
    });
  }

  #take(tag: HeldTag): void {
    if (!this.#held) {
      this.#process(tag);
      return;
    }
    this.#held.push(tag);
    this.#heldBytes += tag.payload.length;
    this.#look(tag);
    if (!this.#isComplete(tag, this.#held)) return;
    const held = this.#held;
    this.#held = undefined;
    for (const each of held) this.#process(each);
  }

  #look(tag: HeldTag): void {
    if (this.#hasSeen(tag.kind)) return;
    try {
      const decoded = tag.kind === 'video' ? decodeVideoTag(tag.payload) : decodeAudioTag(tag.payload);
      const first = decoded.kind === 'multitrack' ? decoded.first : decoded;
      if (first.kind === 'frame') this.#firstRaw[tag.kind] = tag.timestamp;
      if (first.kind === 'unsupported') this.#isExpected[tag.kind] = false;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  #hasSeen(kind: TrackKind): boolean {
    return this.#firstRaw[kind] !== undefined;
  }

  #isComplete(tag: HeldTag, held: readonly HeldTag[]): boolean {
    const isSettled = (kind: TrackKind) => this.#hasSeen(kind) || !this.#isExpected[kind];
    const hasFrame = this.#hasSeen('video') || this.#hasSeen('audio');
    if (hasFrame && isSettled('video') && isSettled('audio')) return true;
    const waitedMs = tag.atMs - (held[0] ?? tag).atMs;
    return waitedMs >= TRACK_WAIT_MS || held.length >= MAX_HELD_TAGS || this.#heldBytes >= MAX_HELD_BYTES;
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
        if (this.#video?.codec === decoded.codec && isEqual(this.#video.config, decoded.config)) return;
        this.#video = videoSourceOf(decoded.codec, decoded.config);
        this.#videoTrack = undefined;
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
    const source = this.#video;
    if (source?.codec !== frame.codec) {
      this.counters.framesBeforeHeader++;
      return;
    }
    const dtsMs = this.#stamp(tag);
    this.meter.packet('video', tag.payload.length, dtsMs, tag.atMs, frame.isKeyFrame);
    const data = frame.codec === 'av1' ? withoutTemporalDelimiters(frame.data) : frame.data;
    if (frame.isKeyFrame) this.#beginGroup(source.trackAt(data));
    const track = this.#videoTrack;
    if (!track) {
      this.counters.framesBeforeKeyFrame++;
      return;
    }
    this.#stream.publish({
      kind: 'video',
      track,
      dtsMs,
      mediaTime: (dtsMs * track.timescale) / 1000,
      compositionMs: Math.max(MIN_COMPOSITION_MS, Math.min(MAX_COMPOSITION_MS, frame.compositionTimeMs)),
      isKeyFrame: frame.isKeyFrame,
      wallMs: this.#wallTime.at(tag.atMs),
      data,
    });
  }

  #beginGroup(video: VideoTrack): void {
    this.#videoTrack = video;
    this.#adopt(this.#audio && this.#hasSeen('audio') ? { video, audio: this.#audio.track } : { video });
  }

  #audioTag(decoded: AudioTag, tag: HeldTag): void {
    switch (decoded.kind) {
      case 'sequence-header':
        if (this.#audio?.track.codec === decoded.codec && isEqual(this.#audio.track.config, decoded.config)) return;
        this.#setAudio(decoded.codec, decoded.config);
        return;
      case 'frame':
        if (decoded.codec === 'mp3') this.#lookAtMp3(decoded.data);
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

  #setAudio(codec: AudioCodec, config: Uint8Array): void {
    this.#audio = audioSourceOf(codec, config);
    this.#sampleClock = undefined;
  }

  /** MP3 has no sequence header: every frame could bring another rate. */
  #lookAtMp3(frame: Uint8Array): void {
    const { track } = audioSourceOf('mp3', frame);
    const current = this.#audio?.track;
    const isSame = current?.codec === 'mp3' && current.sampleRate === track.sampleRate;
    if (!isSame || current.channels !== track.channels) this.#setAudio('mp3', frame);
  }

  #audioFrame(source: AudioSource, data: Uint8Array, tag: HeldTag): void {
    const dtsMs = this.#stamp(tag);
    this.meter.packet('audio', tag.payload.length, dtsMs, tag.atMs, false);
    const { track } = source;
    this.sound.frame(track.codec, data, tag.atMs);
    const durationTicks = source.samplesOf(data);
    if (!this.#mayPublishAudio(track)) {
      this.counters.framesBeforeKeyFrame++;
      return;
    }
    this.#sampleClock ??= new SampleClock(track.sampleRate);
    this.#stream.publish({
      kind: 'audio',
      track,
      dtsMs,
      mediaTime: this.#sampleClock.stamp(dtsMs, durationTicks),
      durationTicks,
      wallMs: this.#wallTime.at(tag.atMs),
      data,
    });
  }

  /** With video, new audio parameters take effect with a key frame, so that no picture is lost to the change. */
  #mayPublishAudio(track: AudioTrack): boolean {
    if (this.#video && this.#hasSeen('video')) return this.#isStarted && this.#stream.tracks.audio === track;
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

  #stamp(tag: HeldTag): number {
    this.#firstRaw[tag.kind] ??= tag.timestamp;
    this.#timeline ??= new Timeline(this.#stream.resumeDtsMs(), this.#startRaw(tag));
    const stamp = this.#timeline.stamp(tag.kind, tag.timestamp, tag.atMs);
    if (stamp.isJump) {
      this.counters.clockJumps++;
      this.#stream.break();
    }
    return stamp.dtsMs;
  }

  /** The earlier of the two tracks' first timestamps, where they count from the same base. */
  #startRaw({ timestamp }: HeldTag): number {
    const { video = timestamp, audio = timestamp } = this.#firstRaw;
    const audioAheadMs = (video - audio) | 0;
    if (Math.abs(audioAheadMs) > LARGEST_START_DISTANCE_MS) return timestamp;
    return audioAheadMs > 0 ? audio : video;
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
