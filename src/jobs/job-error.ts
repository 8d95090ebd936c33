/** Work that was not done: a code for programs, a sentence for people, what to do next, and whether another try can help. */
export class JobError extends Error {
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
    this.name = 'JobError';
    this.code = code;
    this.remedy = remedy;
    this.isFinal = isFinal;
  }
}
