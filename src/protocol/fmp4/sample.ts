/** One sample in decode order. */
export type Fmp4Sample = {
  /** 0 to 2^32-1 in the track's timescale. */
  readonly durationTicks: number;
  /** Must equal the bytes in `data`. */
  readonly sizeBytes: number;
  /** pts - dts in the track's timescale, signed 32 bits. */
  readonly compositionOffsetTicks: number;
  readonly isSync: boolean;
  /** The sample, whole or in pieces; length-prefixed NAL units for H.264 and H.265. */
  readonly data: Uint8Array | readonly Uint8Array[];
};

/** A track's samples in a fragment: one traf with one trun. */
export type Fmp4TrackRun = {
  readonly trackId: number;
  /** dts of the first sample in the track's timescale: a safe integer, not negative. */
  readonly baseMediaDecodeTime: number;
  readonly samples: readonly Fmp4Sample[];
};

/** What `encodeFragment` takes. */
export type Fmp4Fragment = {
  /** Counts up by one per fragment, 32 bits. */
  readonly sequenceNumber: number;
  /** A track without samples is left out; at least one must have some. */
  readonly tracks: readonly Fmp4TrackRun[];
  /** Begins with an styp box, as a file of its own (a segment, not a part after the first) may. */
  readonly withStyp?: boolean;
};
