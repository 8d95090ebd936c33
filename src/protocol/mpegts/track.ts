/** A video elementary stream. */
export type TsVideoTrack = { readonly kind: 'video'; readonly codec: 'h264' | 'h265' };

/** An audio elementary stream. */
export type TsAudioTrack = {
  readonly kind: 'audio';
  readonly codec: 'aac' | 'mp3';
  /** mp3 under 32 kHz, which is MPEG-2 audio and has a stream type of its own. */
  readonly isLowSampleRate?: boolean;
};

export type TsTrack = TsVideoTrack | TsAudioTrack;

/** One access unit in decode order. */
export type TsPacket = {
  readonly kind: 'video' | 'audio';
  /** 90 kHz, a safe integer not below 0; written modulo 2^33. */
  readonly dts90k: number;
  readonly pts90k: number;
  readonly isKeyFrame: boolean;
  /** Video: Annex B with access unit delimiter, and parameter sets before a key frame. Audio: an ADTS or MPEG audio frame. */
  readonly data: Uint8Array;
};

/** The packet identifiers this muxer uses. */
export const PID = { pat: 0, pmt: 0x1000, video: 0x100, audio: 0x101 } as const;
