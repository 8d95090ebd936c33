/** One thing that is wrong with the configuration: where, what, and what to do about it. */
export type ConfigProblem = {
  /** A file's name or `environment`. */
  readonly source: string;
  /** `rtmp.port`, or the variable's name. */
  readonly key: string;
  readonly message: string;
  readonly nearest?: string;
};

const line = ({ source, key, message }: ConfigProblem) => `  ${source}: ${key === '' ? '' : `${key}: `}${message}`;

/** The configuration cannot be used. Carries all problems, not just the first, and no secret values. */
export class ConfigError extends Error {
  readonly code = 'BAD_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(`the configuration cannot be used:\n${problems.map(line).join('\n')}`, options);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
