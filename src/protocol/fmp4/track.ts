/** Video codecs that have a sample entry here: `avc1`, `hvc1`, `av01` and `vp09`. */
export type Fmp4VideoCodec = 'h264' | 'h265' | 'av1' | 'vp9';

/** Audio codecs that have a sample entry here: `mp4a`, `Opus`, `fLaC` and `mp4a` with MPEG-1 audio. */
export type Fmp4AudioCodec = 'aac' | 'opus' | 'flac' | 'mp3';

/** A video track of an init segment. */
export type Fmp4VideoTrack = {
  readonly kind: 'video';
  /** 1 to 2^32-2, unique in its init segment. */
  readonly trackId: number;
  /** Ticks per second of the track's times. */
  readonly timescale: number;
  readonly codec: Fmp4VideoCodec;
  /** The decoder configuration record: the payload of avcC, hvcC, av1C, or vpcC with or without its version and flags. */
  readonly config: Uint8Array;
  /** Pixels, 0 to 65535. */
  readonly width: number;
  readonly height: number;
};

/** An audio track of an init segment. */
export type Fmp4AudioTrack = {
  readonly kind: 'audio';
  /** 1 to 2^32-2, unique in its init segment. */
  readonly trackId: number;
  /** Ticks per second of the track's times. */
  readonly timescale: number;
  readonly codec: Fmp4AudioCodec;
  /**
   * aac: AudioSpecificConfig. opus: OpusHead (RFC 7845, 5.1) with or without its magic.
   * flac: STREAMINFO alone, or metadata blocks that begin with it, with or without the `fLaC` marker. mp3: not used.
   */
  readonly config: Uint8Array;
  readonly sampleRate: number;
  readonly channels: number;
};

export type Fmp4Track = Fmp4VideoTrack | Fmp4AudioTrack;
