import { z } from 'zod';
import type { Ask } from '../../../operations/index.ts';
import {
  action,
  everyPage,
  integer,
  invalidParameter,
  isNotFound,
  paged,
  type ServedAction,
  text,
  utcText,
  utcTime,
} from '../base/index.ts';
import {
  type OnlineEntry,
  type OnlineStream,
  onlineEntries,
  type PublishSession,
  publishEntry,
} from './stream-entries.ts';

/** At once, of the streams that are live. */
const MOST_STREAMS = 5000;
const MOST_DAYS_MS = 30 * 86_400_000;
const pageNumber = integer.pipe(z.int().min(1)).default(1);
const named = { DomainName: text, AppName: text, StreamName: text };
const wanted = {
  DomainName: text,
  AppName: text.optional(),
  StreamName: text.optional(),
  QueryType: z.enum(['fuzzy', 'strict']).default('fuzzy'),
};

type PullState = {
  readonly streams: readonly Readonly<Record<'domain' | 'app' | 'stream' | 'state', string>>[];
};

/** Streams that are live, and those that were. */
export const streamActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamsOnlineList',
    summary: 'The live streams of a domain, and the renditions of them',
    differs: 'a stream that waits for its publisher is not in it; ServerIp is left out',
    input: z.object({
      ...wanted,
      OnlyStream: z.enum(['yes', 'no']).default('no'),
      StreamType: z.enum(['all', 'raw', 'trans']).default('all'),
      PageNum: pageNumber,
      PageSize: integer.pipe(z.int().min(1).max(3000)).default(2000),
    }),
    run: async ({ input, ask }) => {
      const { DomainName, AppName, PageNum, PageSize, StreamType, OnlyStream } = input;
      const streams = await liveStreams(ask, DomainName, AppName);
      const all = streams
        .flatMap((stream) => onlineEntries(stream))
        .filter((entry) => isNamed(entry.StreamName, input))
        .filter(({ Transcoded }) => StreamType === 'all' || (Transcoded === 'yes') === (StreamType === 'trans'));
      const { items, pages } = paged(all, PageNum, PageSize);
      const LiveStreamOnlineInfo = OnlyStream === 'yes' ? items.map(onlyNames) : items;
      return { OnlineInfo: { LiveStreamOnlineInfo }, PageNum, PageSize, TotalNum: all.length, TotalPage: pages };
    },
  }),
  action({
    name: 'DescribeLiveStreamsPublishList',
    summary: 'What was published in a domain, of the last thirty days',
    differs: 'renditions are no publishes of their own, and StreamType=trans gives none',
    input: z.object({
      ...wanted,
      ...{ StartTime: utcTime, EndTime: utcTime, PageNumber: pageNumber },
      StreamType: z.enum(['all', 'raw', 'trans']).default('all'),
      PageSize: integer.pipe(z.int().min(1).max(3000)).default(2000),
      OrderBy: z
        .enum(['stream_name_desc', 'stream_name_asc', 'publish_time_desc', 'publish_time_asc'])
        .default('publish_time_asc'),
    }),
    run: async ({ input, ask }) => {
      const { DomainName, AppName, StartTime, EndTime, PageNumber, PageSize, OrderBy } = input;
      const query = { domain: DomainName, app: AppName, ...spanOf(StartTime, EndTime) };
      const found = await everyPage<PublishSession>(ask, 'listHistory', 'sessions', query);
      const all = (input.StreamType === 'trans' ? [] : found)
        .filter(({ stream }) => isNamed(stream, input))
        .map(publishEntry)
        .sort(ORDERS[OrderBy]);
      const { items, pages } = paged(all, PageNumber, PageSize);
      const page = { PageNum: PageNumber, PageSize, TotalNum: all.length, TotalPage: pages };
      return { ...page, PublishInfo: { LiveStreamPublishInfo: items } };
    },
  }),
  action({
    name: 'DescribeLiveStreamState',
    summary: 'Whether a stream is online',
    differs: 'a stream that waits for its publisher is offline',
    input: z.object(named),
    run: async ({ input: { DomainName, AppName, StreamName }, ask }) => {
      const params = { domain: DomainName, app: AppName, stream: StreamName };
      const state = await liveState(ask, params);
      const { pulls } = await ask<{ pulls: readonly PullState[] }>('listPullStates', {});
      const isHere = (each: PullState['streams'][number]) =>
        each.domain === DomainName && each.app === AppName && each.stream === StreamName && each.state === 'live';
      const isPulled = pulls.some(({ streams }) => streams.some(isHere));
      return { StreamState: state === 'publishing' ? 'online' : 'offline', Type: isPulled ? 'pull' : 'push' };
    },
  }),
  action({
    name: 'DescribeLiveStreamCount',
    summary: 'How many streams a domain has now, pushed and transcoded, and how many it may have',
    input: z.object({ DomainName: text }),
    run: async ({ input: { DomainName }, ask }) => {
      const entries = (await liveStreams(ask, DomainName)).flatMap((stream) => onlineEntries(stream));
      const limits = await everyPage<Limits>(ask, 'listLimits', 'limits', { domain: DomainName });
      const own = limits.find(({ app }) => app === undefined);
      const info = (Type: string, Transcoded: string, limit: number | undefined) => {
        const ofType = entries.filter((entry) => entry.Transcoded === Transcoded);
        const StreamCountDetail = ofType.map(({ StreamName, VideoDataRate = 0 }) => ({
          ...{ Count: 1, Format: Transcoded === 'yes' ? StreamName.slice(StreamName.lastIndexOf('_') + 1) : 'raw' },
          VideoDataRate,
        }));
        return { Type, Count: ofType.length, Limit: limit ?? 0, StreamCountDetails: { StreamCountDetail } };
      };
      const StreamCountInfo = [info('raw', 'no', own?.publishers.limit), info('trans', 'yes', own?.transcodes.limit)];
      return { StreamCountInfos: { StreamCountInfo } };
    },
  }),
  action({
    name: 'DescribeLiveDomainOnlineUserNum',
    summary: 'How many watch each stream of a domain by FLV and RTMP, and which rendition',
    differs: 'QueryTime is not taken: it is as it is now',
    input: z.object({ DomainName: text, QueryTime: text.optional() }),
    run: async ({ input: { DomainName, QueryTime }, ask }) => {
      if (QueryTime !== undefined)
        throw invalidParameter('QueryTime', 'only the present can be asked for; leave it out');
      const infos = (await liveStreams(ask, DomainName)).map(({ name, viewers, transcoding }) => {
        const Info = [
          { TranscodeTemplate: 'origin', UserNumber: connected(viewers) },
          ...(transcoding?.renditions ?? []).map((each) => ({
            ...{ TranscodeTemplate: each.template, UserNumber: connected(each.viewers) },
          })),
        ].filter(({ UserNumber }) => UserNumber > 0);
        return { StreamName: name, Infos: { Info } };
      });
      const viewed = infos.filter(({ Infos }) => Infos.Info.length > 0);
      const UserCount = viewed.flatMap(({ Infos }) => Infos.Info).reduce((sum, { UserNumber }) => sum + UserNumber, 0);
      const OnlineUserInfo = { LiveStreamOnlineUserNumInfo: viewed };
      return { OnlineUserInfo, StreamCount: viewed.length, UserCount };
    },
  }),
  action({
    name: 'DescribeLiveStreamsControlHistory',
    summary: 'Who forbade, resumed and cut the streams of a domain',
    differs: 'it is read from the audit log, which the policy of the key must allow',
    input: z.object({ DomainName: text, AppName: text.optional(), StartTime: utcTime, EndTime: utcTime }),
    run: async ({ input: { DomainName, AppName, StartTime, EndTime }, ask }) => {
      const { since, until } = spanOf(StartTime, EndTime);
      const queries = ['blocks', 'streams'].map((area) => ({ action: area, outcome: 'done', since, limit: 500 }));
      const entries = await Promise.all(
        queries.map((query) => everyPage<AuditEntry>(ask, 'listAudit', 'entries', query)),
      );
      const isHere = ({ resource, at }: AuditEntry) => {
        const isIn =
          AppName === undefined
            ? resource.startsWith(`app/${DomainName}/`)
            : resource === `app/${DomainName}/${AppName}`;
        return isIn && at < until;
      };
      const LiveStreamControlInfo = entries
        .flat()
        .filter(isHere)
        .sort((a, b) => a.at.localeCompare(b.at))
        // A choice among the sources of a stream is no end of it.
        .filter(({ detail }) => detail.source === undefined)
        .map(controlInfo);
      return { ControlInfo: { LiveStreamControlInfo } };
    },
  }),
];

type Limits = {
  readonly app?: string;
  readonly publishers: { readonly limit?: number };
  readonly transcodes: { readonly limit?: number };
};

type AuditEntry = {
  readonly at: string;
  readonly action: string;
  readonly address: string;
  readonly resource: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

type Entry = { readonly StreamName: string; readonly PublishTime: string };

const byName = (a: Entry, b: Entry) => (a.StreamName < b.StreamName ? -1 : a.StreamName > b.StreamName ? 1 : 0);
const byTime = (a: Entry, b: Entry) => a.PublishTime.localeCompare(b.PublishTime);
const ORDERS = {
  stream_name_asc: byName,
  stream_name_desc: (a: Entry, b: Entry) => byName(b, a),
  publish_time_asc: byTime,
  publish_time_desc: (a: Entry, b: Entry) => byTime(b, a),
};

/** How one stream is; needs no history of it, and so no database. */
async function liveState(ask: Ask, params: object): Promise<string | undefined> {
  try {
    return (await ask<{ state: string }>('getStream', { params })).state;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function liveStreams(ask: Ask, domain: string, app?: string): Promise<OnlineStream[]> {
  const all = await everyPage<OnlineStream>(ask, 'listStreams', 'streams', { domain, app, limit: MOST_STREAMS });
  return all.filter(({ state }) => state === 'publishing');
}

/** Fuzzy is anywhere in the name. */
function isNamed(
  name: string,
  { StreamName, QueryType }: { StreamName?: string | undefined; QueryType: string },
): boolean {
  if (StreamName === undefined) return true;
  return QueryType === 'strict' ? name === StreamName : name.includes(StreamName);
}

function spanOf(startMs: number, endMs: number): { readonly since: string; readonly until: string } {
  if (endMs <= startMs) throw invalidParameter('EndTime', 'it must be after StartTime');
  if (endMs - startMs > MOST_DAYS_MS) throw invalidParameter('EndTime', 'it may be 30 days after StartTime at most');
  return { since: new Date(startMs).toISOString(), until: new Date(endMs).toISOString() };
}

function onlyNames({ DomainName, AppName, StreamName, PublishTime }: OnlineEntry) {
  return { DomainName, AppName, StreamName, PublishTime };
}

/** Those of HLS are not counted there. */
function connected({ flv, wsFlv, rtmp }: OnlineStream['viewers']): number {
  return flv + wsFlv + rtmp;
}

function controlInfo({ at, action: did, address, detail }: AuditEntry) {
  const Action = did === 'streams:kick' ? 'kick' : detail.unblocked === true ? 'resume' : 'forbid';
  return { Action, ClientIP: address, StreamName: String(detail.stream ?? ''), TimeStamp: utcText(Date.parse(at)) };
}
