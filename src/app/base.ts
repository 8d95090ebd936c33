import type { Config } from '../config/index.ts';
import type { Clock } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Closer } from './closer.ts';

/** What every part of the wiring is given. */
export type Base = {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly closer: Closer;
};
