/** What a server may run out of. */
export const RESOURCES = ['cpu', 'event-loop', 'memory', 'descriptors', 'disk'] as const;

export type Resource = (typeof RESOURCES)[number];

/** How much of something is used now. */
export type Measure = {
  readonly resource: Resource;
  /** In `unit`: what is used, or with `isFree` what is left. */
  readonly value: number;
  readonly unit: '%' | 'ms' | 'bytes';
  readonly isFree?: true;
  /** Past its end things fail, so that nobody waits whether it passes. */
  readonly isHard?: true;
  /** `the processors are busy for 93 % of the time` */
  readonly words: string;
};
