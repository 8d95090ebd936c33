import type { Service } from './base/index.ts';
import { LIVE } from './live/index.ts';
import { MTS } from './mts/index.ts';
import { VOD } from './vod/index.ts';

/** The services of ApsaraVideo that are served, each under its version. */
export const SERVICES: readonly Service[] = [LIVE, VOD, MTS];
