import { z } from 'zod';
import { commaList, integer, invalidParameter, utcText, utcTime } from '../../base/index.ts';

const DAY_MS = 86_400_000;

/** Which grain of usage an interval is. */
const GRAINS = { 60: 'minute', 300: 'five-minutes', 3600: 'hour', 86400: 'day' } as const;
type Interval = keyof typeof GRAINS;

const interval = (usual: Interval) =>
  integer.pipe(z.literal([300, 3600, 86400], { error: 'it must be 300, 3600 or 86400' })).default(usual as 300);

/** Parameters of an action that tells of domains over time. Without times it is the last day. */
export const SPAN = { StartTime: utcTime.optional(), EndTime: utcTime.optional(), Interval: interval(300) };
export const DOMAINS = commaList.optional();

export type Span = {
  readonly StartTime?: number | undefined;
  readonly EndTime?: number | undefined;
  readonly Interval: Interval;
};

export type Asked = {
  readonly query: { readonly from: string; readonly to: string; readonly grain: (typeof GRAINS)[Interval] };
  readonly seconds: Interval;
  /** As answers repeat them. */
  readonly told: { readonly StartTime: string; readonly EndTime: string; readonly DataInterval: string };
};

/** Throws where the times are not one after the other. */
export function askedSpan({ StartTime, EndTime, Interval }: Span, nowMs: number): Asked {
  const to = EndTime ?? Math.min(nowMs, StartTime === undefined ? nowMs : StartTime + DAY_MS);
  const from = StartTime ?? to - DAY_MS;
  if (to <= from) throw invalidParameter('EndTime', 'it must be after StartTime');
  return {
    query: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), grain: GRAINS[Interval] },
    seconds: Interval,
    told: { StartTime: utcText(from), EndTime: utcText(to), DataInterval: String(Interval) },
  };
}
