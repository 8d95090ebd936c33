import { z } from 'zod';
import { action, DONE, integer, type ServedAction } from '../../base/index.ts';
import { hostNamed } from './host.ts';
import { domainName } from './names.ts';
import { changeStreamRule, streamRuleOf } from './stream-rule.ts';

const seconds = (most: number) =>
  integer.pipe(z.int().min(1, { error: 'it must be 1 second at least' }).max(most)).optional();
const level = z.enum(['short', 'medium', 'long'], { error: 'it must be short, medium or long' }).optional();
const HLS_SECONDS = { short: 3, medium: 6, long: 15 } as const;
/** Three segments; ours have 10 s at most. */
const MOST_HLS_SECONDS = 32;
/** Of a segment where no rule says otherwise. */
const USUAL_SEGMENT_SECONDS = 2;

/** How far behind the live edge viewers play. */
export const delayActions: readonly ServedAction[] = [
  action({
    name: 'SetLiveStreamDelayConfig',
    summary: 'How far viewers are behind: for HLS the length of segments, from the next publish on',
    differs:
      'delays of FLV and RTMP are checked and left out: those viewers begin with the last group of pictures and are as near as it allows. A segment is never shorter than a group of pictures, and HlsDelay is 32 s at most',
    input: z.object({
      DomainName: domainName,
      ...{ HlsDelay: seconds(MOST_HLS_SECONDS), HlsLevel: level, FlvDelay: seconds(3600), FlvLevel: level },
      ...{ RtmpDelay: seconds(3600), RtmpLevel: level },
    }),
    run: async ({ input: { DomainName, HlsDelay, HlsLevel }, ask }) => {
      const { domain } = await hostNamed(ask, DomainName);
      const delay = HlsDelay ?? (HlsLevel && HLS_SECONDS[HlsLevel]);
      if (delay === undefined) return DONE;
      const segmentSeconds = Math.max(1, Math.floor(delay / 3));
      const hls = { segmentSeconds, windowSegments: segmentSeconds >= 3 ? 4 : 6 };
      const match = { domain, app: '*', stream: '*' };
      await changeStreamRule(ask, match, (rule) => ({ ...rule, hls: { ...rule.hls, ...hls } }));
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamDelayConfig',
    summary: 'How far viewers of HLS are behind',
    differs: 'there is nothing to tell of FLV and RTMP',
    input: z.object({ DomainName: domainName }),
    run: async ({ input: { DomainName }, ask }) => {
      const { domain } = await hostNamed(ask, DomainName);
      const rule = await streamRuleOf(ask, { domain, app: '*', stream: '*' });
      const Delay = Math.round(3 * (rule?.hls?.segmentSeconds ?? USUAL_SEGMENT_SECONDS));
      const Level = Delay <= HLS_SECONDS.short ? 'short' : Delay <= HLS_SECONDS.medium ? 'medium' : 'long';
      return { LiveStreamHlsDelayConfig: { Delay, Level } };
    },
  }),
];
