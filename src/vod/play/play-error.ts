const TEXTS = {
  ASSET_NOT_FOUND: [404, 'there is no such asset', 'Check its id; what is in the trash does not play.'],
  ASSET_NOT_READY: [403, 'the asset is not uploaded', 'Wait for the upload to end, or upload it again.'],
  ASSET_BLOCKED: [403, 'the asset is blocked', 'Ask the operator of the library.'],
  ASSET_UNPUBLISHED: [403, 'the asset is not published', 'Publish it, or play it by a PlayAuth or a link for review.'],
  ASSET_NOTHING_PLAYS: [404, 'the asset has no file that plays', 'Wait for its renditions, or have it transcoded.'],
  PREVIEW_NEEDS_HLS: [403, 'a preview is HLS, which the asset does not have', 'Have it transcoded to HLS (m3u8).'],
  PREVIEW_ONLY: [403, 'only the beginning may be seen', 'Play it by a token without previewSeconds.'],
  ASSET_FILE_NOT_FOUND: [404, 'the asset has no such file', 'Take the addresses from play.json.'],
  ASSET_ENCRYPTED: [
    403,
    'keys are given to players with a token only',
    'Open the playlist with a PlayAuth or a signed URL.',
  ],
  PLAY_TOKEN_INVALID: [403, 'the token is not one of this asset', 'Ask for a PlayAuth of this asset.'],
  PLAY_TOKEN_EXPIRED: [403, 'the token has expired', 'Ask for a new PlayAuth.'],
  PLAY_TOKEN_ELSEWHERE: [
    403,
    'the token was made for another address or domain',
    'Ask for a PlayAuth for where you are.',
  ],
  PLAY_TOKEN_REVOKED: [403, 'the token was revoked', 'Ask for a new PlayAuth.'],
} as const satisfies Readonly<Record<string, readonly [404 | 403, string, string]>>;

export type PlayErrorCode = keyof typeof TEXTS;

/** Why somebody cannot play an asset, and what to do about it; says nothing of the token. */
export class PlayError extends Error {
  readonly code: PlayErrorCode;
  readonly status: 403 | 404;
  readonly remedy: string;

  /** @param detail for the log */
  constructor(code: PlayErrorCode, detail: string) {
    const [status, reason, remedy] = TEXTS[code];
    super(reason, detail === '' ? undefined : { cause: detail });
    this.name = 'PlayError';
    this.code = code;
    this.status = status;
    this.remedy = remedy;
  }
}
