import type { SuiteOptions } from '../suite.ts';
import { apart } from './apart.ts';
import { cost } from './cost.ts';
import { joins } from './joins.ts';
import { three } from './three.ts';

const PARTS = {
  flv: (options: SuiteOptions) => cost('flv', options),
  hls: (options: SuiteOptions) => cost('hls', options),
  joins,
  apart,
  three,
} as const;

/** What an edge costs: a node that copies the streams it plays. */
export async function edges(options: SuiteOptions): Promise<void> {
  for (const [name, run] of Object.entries(PARTS)) {
    if (options.part !== undefined && options.part !== name) continue;
    await run(options);
  }
}
