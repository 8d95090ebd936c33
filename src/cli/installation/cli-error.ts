/** Ends a command with one sentence and what to do about it. */
export class CliError extends Error {
  readonly remedy: string;
  readonly exitCode: number;

  /** @param exitCode 1 when something is not as it should be, 2 when the command itself was wrong */
  constructor(message: string, remedy: string, options: { readonly exitCode?: 1 | 2; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? 1;
  }
}
