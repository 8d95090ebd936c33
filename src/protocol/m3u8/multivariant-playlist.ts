/** EXT-X-STREAM-INF with its URI: one variant. */
export type Variant = {
  readonly uri: string;
  /** BANDWIDTH: peak bits per second. */
  readonly bandwidth: number;
  readonly averageBandwidth?: number;
  readonly score?: number;
  /** STABLE-VARIANT-ID: the same in every playlist that lists it. */
  readonly stableId?: string;
  /** RFC 6381 names, e.g. `avc1.64001f`. */
  readonly codecs?: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  readonly frameRate?: number;
  /** GROUP-ID of a media group of that type. */
  readonly audio?: string;
  readonly video?: string;
  readonly subtitles?: string;
  /** CLOSED-CAPTIONS: `NONE`; where one variant has it, all must. */
  readonly hasNoCaptions?: boolean;
};

/** EXT-X-MEDIA: one rendition of a media group. */
export type MediaRendition = {
  readonly type: 'AUDIO' | 'VIDEO' | 'SUBTITLES';
  readonly groupId: string;
  readonly name: string;
  /** Left out when the rendition is inside the variant. */
  readonly uri?: string;
  /** BCP 47. */
  readonly language?: string;
  readonly isDefault?: boolean;
  readonly isAutoselect?: boolean;
  /** CHANNELS, e.g. `2`. */
  readonly channels?: string;
};

/** A multivariant playlist (RFC 8216, 4.3.4). */
export type MultivariantPlaylist = {
  /** EXT-X-VERSION; left out, it is 3. */
  readonly version?: number;
  readonly hasIndependentSegments?: boolean;
  readonly renditions?: readonly MediaRendition[];
  readonly variants: readonly Variant[];
};
