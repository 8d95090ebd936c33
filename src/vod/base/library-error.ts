/** HTTP statuses by what is wrong. */
const STATUSES = {
  ASSET_NOT_FOUND: 404,
  ASSET_STATUS: 409,
  ASSET_BUSY: 409,
  ASSET_FILE_UNKNOWN: 404,
  ASSET_FILE_NEEDED: 409,
  REFERENCE_TAKEN: 409,
  CATEGORY_NOT_FOUND: 404,
  CATEGORY_EXISTS: 409,
  CATEGORY_IN_USE: 409,
  CATEGORY_CIRCLE: 409,
  CATEGORY_TOO_DEEP: 409,
  CATEGORIES_FULL: 409,
  MATCH_MALFORMED: 400,
  OBJECT_NOT_FOUND: 404,
  REVIEW_LINK_NOT_FOUND: 404,
  REVIEW_LINK_ENDED: 410,
  PURGE_INCOMPLETE: 502,
} as const;

export type LibraryErrorCode = keyof typeof STATUSES;

/** Why the library did not do something, and what can be done about it. */
export class LibraryError extends Error {
  readonly code: LibraryErrorCode;
  readonly remedy: string;
  /** Another try does not help, as of a step of a job. */
  readonly isFinal = true;

  constructor(code: LibraryErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LibraryError';
    this.code = code;
    this.remedy = remedy;
  }

  /** The HTTP status that goes with it. */
  get status(): number {
    return STATUSES[this.code];
  }
}
