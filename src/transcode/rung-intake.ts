import { type AudioSource, audioSourceOf, SampleClock, type VideoSource, videoSourceOf } from '../ingest/index.ts';
import type { AudioTrack, UnplacedPacket, VideoTrack } from '../live/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import { type RungDemuxer, type RungParts, rungDemuxer } from './rung-demuxer.ts';

export type RungIntakeOptions = {
  readonly container: 'flv' | 'mp4';
  /** Added to FFmpeg's times to get stream time. */
  readonly offsetMs: number;
  /** Wall clock of a moment of stream time. */
  readonly wallAt: (ptsMs: number) => number;
  readonly known: KnownTracks;
  readonly onPacket: (packet: UnplacedPacket) => void;
};

/** The tracks that a rung had before, so that a process that starts anew goes on with them where nothing changed. */
export type KnownTracks = { video?: VideoTrack; audio?: AudioTrack };

/** What FFmpeg writes to one of its pipes as packets in stream time. Times are FFmpeg's, and never repaired. */
export class RungIntake {
  readonly #options: RungIntakeOptions;
  readonly #demuxer: RungDemuxer;
  #video: VideoSource | undefined;
  #videoTrack: VideoTrack | undefined;
  #audio: AudioSource | undefined;
  #sampleClock: SampleClock | undefined;
  /** The last time that was given out instead of one below zero. */
  #heldBelow = -1;

  constructor(options: RungIntakeOptions) {
    this.#options = options;
    this.#demuxer = rungDemuxer(options.container, {
      videoConfig: (codec, config) => {
        this.#video = videoSourceOf(codec, config);
      },
      video: (frame) => this.#videoFrame(frame),
      audioConfig: (codec, config) => {
        const source = audioSourceOf(codec, config);
        this.#audio = { ...source, track: this.#sameAudio(source.track) };
        this.#sampleClock = new SampleClock(source.track.sampleRate);
      },
      audio: (frame) => this.#audioFrame(frame),
    });
  }

  /** Throws `MalformedError` for what is not the container. @param bytes owned by the intake from here on */
  push(bytes: Uint8Array): void {
    this.#demuxer(bytes);
  }

  #videoFrame({ dtsMs: ownDtsMs, compositionMs, isKeyFrame, data }: Parameters<RungParts['video']>[0]): void {
    if (!this.#video) throw new MalformedError('BAD_STATE', 'rung', 'a picture before its parameters');
    if (isKeyFrame) this.#videoTrack = this.#sameVideo(this.#video.trackAt(data));
    const track = this.#videoTrack;
    if (!track) return;
    const ptsMs = ownDtsMs + compositionMs + this.#options.offsetMs;
    const dtsMs = this.#notBelowZero(ownDtsMs + this.#options.offsetMs);
    this.#options.onPacket({
      kind: 'video',
      track,
      dtsMs,
      wallMs: this.#options.wallAt(ptsMs),
      mediaTime: (dtsMs * track.timescale) / 1000,
      compositionMs: ptsMs - dtsMs,
      isKeyFrame,
      data,
    });
  }

  /**
   * An encoder with B-frames decodes its first picture before time 0 of a stream that has just begun, where there is
   * nothing: the first few pictures are decoded in quick succession instead, and shown at their own times.
   */
  #notBelowZero(dtsMs: number): number {
    if (dtsMs > this.#heldBelow) return dtsMs;
    this.#heldBelow++;
    return this.#heldBelow;
  }

  #audioFrame({ dtsMs: ownDtsMs, data }: Parameters<RungParts['audio']>[0]): void {
    if (!this.#audio || !this.#sampleClock)
      throw new MalformedError('BAD_STATE', 'rung', 'sound before its parameters');
    const { track } = this.#audio;
    const dtsMs = ownDtsMs + this.#options.offsetMs;
    // The encoder's own start, before there was any sound.
    if (dtsMs < 0) return;
    const durationTicks = this.#audio.samplesOf(data);
    const mediaTime = this.#sampleClock.stamp(dtsMs, durationTicks);
    const wallMs = this.#options.wallAt(dtsMs);
    this.#options.onPacket({ kind: 'audio', track, dtsMs, wallMs, mediaTime, durationTicks, data });
  }

  #sameVideo(track: VideoTrack): VideoTrack {
    const { known } = this.#options;
    const isKnown =
      known.video?.codec === track.codec &&
      known.video.width === track.width &&
      known.video.height === track.height &&
      isEqual(known.video.config, track.config);
    if (!isKnown) known.video = track;
    return known.video ?? track;
  }

  #sameAudio(track: AudioTrack): AudioTrack {
    const { known } = this.#options;
    const isKnown = known.audio?.codec === track.codec && isEqual(known.audio.config, track.config);
    if (!isKnown) known.audio = track;
    return known.audio ?? track;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
