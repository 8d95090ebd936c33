export type VideoCodec = 'h264' | 'h265' | 'av1' | 'vp9';
export type AudioCodec = 'aac' | 'opus' | 'flac' | 'mp3';

/** One set of video parameters. New parameters are a new object, so tracks compare by identity. */
export type VideoTrack = {
  readonly kind: 'video';
  readonly codec: VideoCodec;
  /** The decoder configuration record, without any container's framing. */
  readonly config: Uint8Array;
  /** RFC 6381, e.g. `avc1.64001f`. */
  readonly codecString: string;
  readonly width: number;
  readonly height: number;
  /** As declared in the parameter sets, where it is. */
  readonly frameRate?: number;
  /** Ticks per second of `Packet.mediaTime`. */
  readonly timescale: number;
};

/** One set of audio parameters. */
export type AudioTrack = {
  readonly kind: 'audio';
  readonly codec: AudioCodec;
  readonly config: Uint8Array;
  readonly codecString: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly timescale: number;
};

export type Track = VideoTrack | AudioTrack;

/** The tracks that a stream has at one moment; at least one. */
export type TrackSet = {
  readonly video?: VideoTrack;
  readonly audio?: AudioTrack;
};
