/** HTTP statuses by what is wrong. */
const STATUSES = {
  MARKER_TIME: 400,
  MARKERS_FULL: 409,
  MARKERS_UNWRITABLE: 503,
  CLIP_RANGE: 400,
  CLIP_IN_FUTURE: 400,
  NOTHING_TO_CLIP: 404,
  CLIPS_BUSY: 503,
  NOT_MARKABLE: 404,
  TOO_MANY_PRESSES: 429,
  INDEX_RANGE: 400,
  INDEX_OBJECT: 400,
  INDEX_STORAGE: 400,
  NOTHING_RECORDED: 404,
} as const;

export type ClipErrorCode = keyof typeof STATUSES;

/** Why there is no clip or no marker, and what can be done about it. */
export class ClipError extends Error {
  readonly code: ClipErrorCode;
  readonly remedy: string;

  constructor(code: ClipErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClipError';
    this.code = code;
    this.remedy = remedy;
  }

  /** The HTTP status that goes with it. */
  get status(): number {
    return STATUSES[this.code];
  }
}
