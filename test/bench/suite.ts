/** What every part of the benchmark is given. */
export type SuiteOptions = {
  readonly players: number;
  readonly seconds: number;
  /** 720p, 2.5 Mb/s with AAC, 30 s. */
  readonly clip: string;
  /** 360p, 1 Mb/s with AAC. */
  readonly lightClip: string;
  /** 720p, 5 Mb/s with AAC. */
  readonly heavyClip: string;
  /** The only part wanted of those that it has. */
  readonly part?: string | undefined;
};
