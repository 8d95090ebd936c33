import type { UsageDoor } from './usage-row.ts';
import type { UsageGrain } from './usage-tables.ts';

export type UsageDimension = 'domain' | 'app' | 'stream' | 'door' | 'template' | 'tag';

export const USAGE_DIMENSIONS: readonly UsageDimension[] = ['domain', 'app', 'stream', 'door', 'template', 'tag'];

/** What is asked of usage. Times are Unix milliseconds; points are of all spans that begin in [from, to). */
export type UsageQuery = {
  readonly from: number;
  readonly to: number;
  readonly grain: UsageGrain;
  /** One, or any of several. */
  readonly domain?: string | readonly string[] | undefined;
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
  readonly template?: string | undefined;
  readonly door?: UsageDoor | undefined;
  /** `name:value`, or `name` for all its values. */
  readonly tag?: string | undefined;
  /** What points are told apart by; empty for sums of all. A tag is of an app's streams, not of single ones. */
  readonly by: readonly UsageDimension[];
  /** Not more points than this, in the order of their time and then their names; all when left out. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
};

/** What was used in one span by what the query tells apart. What is of no door or template is 0 where these are asked for. */
export type UsagePoint = {
  /** The start of the span, in Unix milliseconds. */
  readonly at: number;
  readonly domain?: string;
  readonly app?: string;
  readonly stream?: string;
  readonly door?: string;
  readonly template?: string;
  readonly tag?: string;
  /** Sent to viewers, and to who fetched pictures, clips and recordings. */
  readonly egressBytes: number;
  /** Those of them that went by HTTPS or RTMPS. */
  readonly secureEgressBytes: number;
  /** Of the minute with the most; of several nodes the sum, which may be more than there ever was. */
  readonly peakEgressBytesPerMinute: number;
  readonly viewerSeconds: number;
  /** Over the span, or the part of it that is over. */
  readonly averageViewers: number;
  /** At once; where it is a sum of several nodes, renditions or apps, at most. */
  readonly peakViewers: number;
  /** Different ones, by their addresses, within about 2 %; of hours and days, and not by door or template. */
  readonly uniqueViewers?: number;
  /** Viewers that were let in. */
  readonly sessions: number;
  /** Answers of HTTP. */
  readonly requests: number;
  /** Media received from publishers. */
  readonly ingestBytes: number;
  readonly publishSeconds: number;
  readonly publishes: number;
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly videoFrames: number;
  readonly audioFrames: number;
  readonly transcodeSeconds: number;
  readonly recordedBytes: number;
  readonly recordedSeconds: number;
  readonly snapshots: number;
  /** Written into the archive for time shift. */
  readonly timeShiftBytes: number;
  readonly timeShiftSeconds: number;
};
