import { z } from 'zod';
import {
  ApsaraError,
  action,
  DONE,
  everyPage,
  flag,
  integer,
  invalidParameter,
  paged,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { hostNamed } from './host.ts';
import { domainName, pageNumber, pageSize } from './names.ts';
import { changeStreamRule, type ShownStreamRule, streamRuleOf } from './stream-rule.ts';

type Hls = NonNullable<ShownStreamRule['hls']>;

const named = { DomainName: domainName, AppName: text, StreamName: text };
const numbers = {
  SegmentDuration: integer.optional(),
  PartDuration: integer.optional(),
  SegmentNum: integer.pipe(z.int().min(3).max(10)).optional(),
  IgnoreTranscode: flag.optional(),
};
/** How a protocol is packaged here. */
const PROTOCOLS = {
  HLS_CMAF: { container: 'fmp4', lowLatency: false },
  LLHLS_CMAF: { container: 'fmp4', lowLatency: true },
} as const;
const protocol = z.enum(Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[], {
  error: 'it must be HLS_CMAF or LLHLS_CMAF: LL-HLS has no MPEG-TS here, and there is no DASH',
});
const DIFFERS =
  'protocols are HLS_CMAF and LLHLS_CMAF. It changes what the usual .m3u8 address gives, from the next publish on; there is no address of its own. Renditions are packaged as their stream is, so IgnoreTranscode changes nothing';

/** How streams are packaged for HLS. */
export const packagingActions: readonly ServedAction[] = [
  action({
    name: 'AddLivePackageConfig',
    summary: 'Packages streams as fragmented MP4, with low latency or without',
    differs: DIFFERS,
    input: z.object({ ...named, Protocol: protocol, ...numbers }),
    run: async ({ input, ask }) => {
      const match = await matchOf(ask, input);
      if (isPackaged(await streamRuleOf(ask, match))) {
        throw new ApsaraError(400, 'ConfigAlreadyExists', 'These streams have a packaging already; update it.');
      }
      await changeStreamRule(ask, match, (rule) => ({ ...rule, hls: { ...rule.hls, ...hlsOf(input) } }));
      return DONE;
    },
  }),
  action({
    name: 'UpdateLivePackageConfig',
    summary: 'Changes how streams are packaged',
    differs: DIFFERS,
    input: z.object({ ...named, Protocol: protocol, ...numbers }),
    run: async ({ input, ask }) => {
      const match = await matchOf(ask, input);
      if (!isPackaged(await streamRuleOf(ask, match))) throw noPackaging();
      await changeStreamRule(ask, match, (rule) => ({ ...rule, hls: { ...rule.hls, ...hlsOf(input) } }));
      return DONE;
    },
  }),
  action({
    name: 'DeleteLivePackageConfig',
    summary: 'Packages streams as they were before',
    input: z.object(named),
    run: async ({ input, ask }) => {
      const match = await matchOf(ask, input);
      if (!isPackaged(await streamRuleOf(ask, match))) throw noPackaging();
      // A whole domain goes back to MPEG-TS, which it was made with.
      const before: Hls | undefined = match.app === '*' && match.stream === '*' ? { container: 'ts' } : undefined;
      await changeStreamRule(ask, match, ({ hls, ...rule }) => {
        const { container, lowLatency, segmentSeconds, partMs, windowSegments, ...rest } = hls ?? {};
        const left = { ...before, ...rest };
        return { ...rule, ...(Object.keys(left).length > 0 && { hls: left }) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLivePackageConfig',
    summary: 'How streams of a domain are packaged',
    input: z.object({
      ...{ DomainName: domainName, AppName: text.optional(), StreamName: text.optional() },
      Order: z.enum(['asc', 'desc']).default('asc'),
      ...{ PageNum: pageNumber, PageSize: pageSize(10, 100) },
    }),
    run: async ({ input: { DomainName, AppName, StreamName, Order, PageNum, PageSize }, ask }) => {
      const { domain } = await hostNamed(ask, DomainName);
      const rules = await everyPage<ShownStreamRule>(ask, 'listStreamRules', 'streamRules');
      const mine = rules.filter(
        (rule) =>
          rule.match.domain.toLowerCase() === domain &&
          isPackaged(rule) &&
          (AppName ?? rule.match.app) === rule.match.app &&
          (StreamName ?? rule.match.stream) === rule.match.stream,
      );
      const { items, pages } = paged(Order === 'asc' ? mine : mine.reverse(), PageNum, PageSize);
      const LivePackageConfig = items.map(({ match, hls = {} }) => ({
        ...{ DomainName, AppName: match.app, StreamName: match.stream, IgnoreTranscode: false },
        Protocol: hls.lowLatency === true ? 'LLHLS_CMAF' : 'HLS_CMAF',
        ...(hls.segmentSeconds !== undefined && { SegmentDuration: hls.segmentSeconds }),
        ...(hls.partMs !== undefined && { PartDuration: hls.partMs }),
        ...(hls.windowSegments !== undefined && { SegmentNum: hls.windowSegments }),
      }));
      const page = { PageNum, PageSize, Order, TotalNum: mine.length, TotalPage: pages };
      return { ...page, LivePackageConfigList: { LivePackageConfig } };
    },
  }),
];

type Input = {
  readonly Protocol: keyof typeof PROTOCOLS;
  readonly SegmentDuration?: number | undefined;
  readonly PartDuration?: number | undefined;
  readonly SegmentNum?: number | undefined;
};

async function matchOf(
  ask: Parameters<typeof hostNamed>[0],
  { DomainName, AppName, StreamName }: { DomainName: string; AppName: string; StreamName: string },
) {
  const { domain } = await hostNamed(ask, DomainName);
  return { domain, app: AppName, stream: StreamName };
}

function hlsOf({ Protocol, SegmentDuration, PartDuration, SegmentNum = 3 }: Input): Hls {
  const { container, lowLatency } = PROTOCOLS[Protocol];
  const segmentSeconds = SegmentDuration ?? (lowLatency ? 1 : 5);
  const most = lowLatency ? 2 : 10;
  if (segmentSeconds < 1 || segmentSeconds > most) {
    throw invalidParameter('SegmentDuration', `it must be 1 to ${most} seconds for ${Protocol}`);
  }
  if (!lowLatency) return { container, lowLatency, segmentSeconds, windowSegments: SegmentNum };
  const partMs = PartDuration ?? (segmentSeconds === 1 ? 350 : 700);
  if (partMs < 100 || partMs > segmentSeconds * 500) {
    throw invalidParameter('PartDuration', `it must be 100 to ${segmentSeconds * 500} milliseconds`);
  }
  return { container, lowLatency, segmentSeconds, partMs, windowSegments: SegmentNum };
}

const isPackaged = (rule: ShownStreamRule | undefined): boolean => rule?.hls?.lowLatency !== undefined;

const noPackaging = () =>
  new ApsaraError(404, 'InvalidConfig.NotFound', 'These streams have no packaging of their own; add one.');
