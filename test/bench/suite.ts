/** What every part of the benchmark is given. */
export type SuiteOptions = {
  readonly players: number;
  readonly seconds: number;
  /** 720p, 2.5 Mb/s with AAC, 30 s. */
  readonly clip: string;
  /** 360p, 1 Mb/s with AAC. */
  readonly lightClip: string;
};
