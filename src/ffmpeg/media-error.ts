/** Media that was not processed: a code for programs, a sentence for people, what to do next, and whether another try can help. */
export class MediaError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly isFinal: boolean;

  constructor(
    code: string,
    message: string,
    remedy: string,
    { isFinal = true, cause }: ErrorOptions & { isFinal?: boolean } = {},
  ) {
    super(message, { cause });
    this.name = 'MediaError';
    this.code = code;
    this.remedy = remedy;
    this.isFinal = isFinal;
  }
}
