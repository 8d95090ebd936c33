/** Where in a resource a segment, part or map lies (EXT-X-BYTERANGE); the offset is always printed. */
export type ByteRange = { readonly lengthBytes: number; readonly offsetBytes: number };

/** EXT-X-MAP: the init segment. */
export type MediaMap = { readonly uri: string; readonly byteRange?: ByteRange };

/** EXT-X-KEY. `NONE` has no other attribute. */
export type MediaKey = {
  readonly method: 'NONE' | 'AES-128' | 'SAMPLE-AES' | 'SAMPLE-AES-CTR';
  readonly uri?: string;
  /** 16 bytes. */
  readonly iv?: Uint8Array;
  readonly keyFormat?: string;
  readonly keyFormatVersions?: string;
};

/** EXT-X-PART. */
export type PartialSegment = {
  readonly uri: string;
  readonly durationSeconds: number;
  readonly isIndependent?: boolean;
  readonly isGap?: boolean;
  readonly byteRange?: ByteRange;
};

/** What a segment has before it is whole: the tags before its parts, and the parts. */
export type OpenSegment = {
  /** In force for this segment; printed where it differs from the one before. Left out, it goes on. */
  readonly map?: MediaMap;
  /** In force for this segment; printed where it differs from the one before. Left out, it goes on. */
  readonly key?: MediaKey;
  readonly isDiscontinuity?: boolean;
  /** Epoch milliseconds of EXT-X-PROGRAM-DATE-TIME. */
  readonly programDateTimeMs?: number;
  readonly parts?: readonly PartialSegment[];
};

/** A media segment of a playlist. */
export type MediaSegment = OpenSegment & {
  readonly uri: string;
  readonly durationSeconds: number;
  /** The title after EXTINF's comma. */
  readonly title?: string;
  readonly isGap?: boolean;
  readonly byteRange?: ByteRange;
};

/** EXT-X-SERVER-CONTROL. */
export type ServerControl = {
  readonly canBlockReload?: boolean;
  readonly partHoldBackSeconds?: number;
  readonly holdBackSeconds?: number;
  readonly canSkipUntilSeconds?: number;
  readonly canSkipDateRanges?: boolean;
};

/** EXT-X-PRELOAD-HINT. */
export type PreloadHint = {
  readonly type: 'PART' | 'MAP';
  readonly uri: string;
  readonly byteRangeStart?: number;
  readonly byteRangeLength?: number;
};

/** EXT-X-RENDITION-REPORT. */
export type RenditionReport = { readonly uri: string; readonly lastMsn: number; readonly lastPart?: number };

/** EXT-X-START. */
export type StartPoint = { readonly timeOffsetSeconds: number; readonly isPrecise?: boolean };

/** A media playlist (RFC 8216, 4.3.3, and draft-pantos-hls-rfc8216bis for parts and delta updates). */
export type MediaPlaylist = {
  /** EXT-X-VERSION; left out, it is the lowest the tags used need, and at least 3. */
  readonly version?: number;
  /** An integer. */
  readonly targetDurationSeconds: number;
  /** The number of the first segment, counting those a delta update skips. */
  readonly mediaSequence: number;
  readonly discontinuitySequence?: number;
  readonly playlistType?: 'EVENT' | 'VOD';
  readonly hasIndependentSegments?: boolean;
  readonly start?: StartPoint;
  readonly serverControl?: ServerControl;
  /** PART-TARGET of EXT-X-PART-INF. */
  readonly partTargetSeconds?: number;
  /** SKIPPED-SEGMENTS of EXT-X-SKIP: this is a delta update, and `segments` begins after them. */
  readonly skippedSegments?: number;
  readonly segments: readonly MediaSegment[];
  /** The segment that is not whole yet. */
  readonly openSegment?: OpenSegment;
  readonly preloadHints?: readonly PreloadHint[];
  readonly renditionReports?: readonly RenditionReport[];
  readonly isEnded?: boolean;
};

/** What a media playlist says behind its segments. */
export type MediaPlaylistTail = Pick<MediaPlaylist, 'openSegment' | 'preloadHints' | 'renditionReports' | 'isEnded'>;

/** What it says before them. */
export type MediaPlaylistHead = Omit<MediaPlaylist, 'version' | 'segments' | keyof MediaPlaylistTail> & {
  readonly version: number;
};
