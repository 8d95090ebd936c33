export type IdentityErrorCode =
  | 'KEY_NOT_FOUND'
  | 'LAST_ADMIN'
  | 'LIMIT'
  | 'NAME_TAKEN'
  | 'NOT_YOURS_TO_GIVE'
  | 'PASSWORD_WEAK'
  | 'SESSION_NOT_FOUND'
  | 'TOTP_ALREADY'
  | 'TOTP_NOT_BEGUN'
  | 'TOTP_WRONG'
  | 'USER_NOT_FOUND'
  | 'WRONG_PASSWORD';

/** A change of users or keys that cannot be made; `remedy` is a sentence for whoever wanted it. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  readonly remedy: string;

  constructor(code: IdentityErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'IdentityError';
    this.code = code;
    this.remedy = remedy;
  }
}
