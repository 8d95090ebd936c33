import { z } from 'zod';
import {
  type ActionCall,
  action,
  integer,
  invalidParameter,
  type ServedAction,
  text,
  utcText,
  utcTime,
} from '../../base/index.ts';
import { type Point, usagePoints } from './points.ts';
import { askedSpan, type Span } from './span.ts';

const stream = { DomainName: text, AppName: text, StreamName: text };
const mayTimes = { StartTime: utcTime.optional(), EndTime: utcTime.optional() };
const times = { StartTime: utcTime, EndTime: utcTime };
const MINUTE = 60;
const PAGE = 5000;
const DOORS = { flv: ['flv', 'ws-flv'], hls: ['hls'], rtmp: ['rtmp'] } as const;

/** A minute, as spans are asked for. */
const minutes = (span: Omit<Span, 'Interval'>, nowMs: number) => askedSpan({ ...span, Interval: MINUTE }, nowMs);
const bitsPerSecond = (bytes: number, seconds = MINUTE) => Math.round((bytes * 8) / seconds);
/** Over the part of the minute in which it was published. */
const rates = ({ ingestBytes, videoBytes, audioBytes, videoFrames, audioFrames, publishSeconds }: Point) => {
  const seconds = publishSeconds > 0 ? publishSeconds : MINUTE;
  const kbps = (bytes: number) => Math.round((bytes * 8) / seconds / 1000);
  return {
    ...{ BitRate: kbps(ingestBytes), VideoBitRate: kbps(videoBytes), AudioBitRate: kbps(audioBytes) },
    VideoFrameRate: Math.round((videoFrames / seconds) * 10) / 10,
    AudioFrameRate: Math.round((audioFrames / seconds) * 10) / 10,
  };
};

const KILOBITS = 'in kilobits a second';
const metricInput = { AppName: text.optional(), StreamName: text.optional(), ...times, NextPageToken: text.optional() };

/** How single streams were published and watched. */
export const streamUsageActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamHistoryUserNum',
    summary: 'How many watched a stream, minute by minute',
    differs: 'viewers of HLS count, too; it is the average of the minute',
    input: z.object({ ...stream, ...times }),
    run: async ({ input: { DomainName, AppName, StreamName, ...span }, ask, nowMs }) => {
      const where = { app: AppName, stream: StreamName };
      const points = await usagePoints(ask, minutes(span, nowMs()), '', [DomainName], where);
      const LiveStreamUserNumInfo = points.map(({ at, averageViewers }) => ({
        ...{ StreamTime: utcText(Date.parse(at)), UserNum: String(Math.round(averageViewers)) },
      }));
      return { LiveStreamUserNumInfos: { LiveStreamUserNumInfo } };
    },
  }),
  action({
    name: 'DescribeLiveStreamBitRateData',
    summary: 'Bitrate and frames a second of a publish, minute by minute',
    differs: KILOBITS,
    input: z.object({ ...stream, ...mayTimes }),
    run: async (call) => {
      const FrameRateAndBitRateInfo = (await ratesOf(call)).map(
        ({ VideoBitRate: _, AudioBitRate: __, ...rest }) => rest,
      );
      return { FrameRateAndBitRateInfos: { FrameRateAndBitRateInfo } };
    },
  }),
  action({
    name: 'DescribeLiveStreamDetailFrameRateAndBitRateData',
    summary: 'Bitrates and frames a second of picture and sound of a publish, minute by minute',
    differs: KILOBITS,
    input: z.object({ ...stream, ...mayTimes }),
    run: async (call) => ({ FrameRateAndBitRateInfos: await ratesOf(call) }),
  }),
  action({
    name: 'DescribeLiveDomainFrameRateAndBitRateData',
    summary: 'Bitrate and frames a second of all publishes of a domain in one minute',
    differs: KILOBITS,
    input: z.object({ DomainName: text, QueryTime: utcTime }),
    run: async ({ input: { DomainName, QueryTime }, ask, nowMs }) => {
      const from = Math.floor(QueryTime / 60_000) * 60_000;
      const asked = minutes({ StartTime: from, EndTime: from + 60_000 }, nowMs());
      const points = await usagePoints(ask, asked, 'app,stream', [DomainName]);
      const FrameRateAndBitRateInfo = points.filter(isPublished).map((point) => {
        const { BitRate, VideoFrameRate, AudioFrameRate } = rates(point);
        const StreamUrl = `rtmp://${DomainName}/${point.app}/${point.stream}`;
        return { StreamUrl, BitRate, VideoFrameRate, AudioFrameRate };
      });
      return { FrameRateAndBitRateInfos: { FrameRateAndBitRateInfo } };
    },
  }),
  action({
    name: 'DescribeLiveStreamMetricDetailData',
    summary: 'Traffic, bandwidth and viewers of streams by door, minute by minute',
    differs: 'Protocol may be flv, hls or rtmp; there is no RTS and no P2P',
    input: z.object({
      ...{ DomainName: text.optional(), ...metricInput },
      Protocol: z.enum(['flv', 'hls', 'rtmp']).optional(),
    }),
    run: async ({ input: { DomainName, AppName, StreamName, Protocol, NextPageToken, ...span }, ask, nowMs }) => {
      const asked = minutes(span, nowMs());
      const domains = DomainName === undefined ? undefined : [DomainName];
      const all = await usagePoints(ask, asked, 'app,stream,door', domains, exactly(AppName, DomainName && StreamName));
      const isWanted = (point: Point) => StreamName === undefined || point.stream === StreamName;
      const rows = streamRows(all.filter(isWanted)).map(({ point, doors }) => metricRow(point, doors, Protocol));
      const { StartTime, EndTime } = asked.told;
      const { items, ...page } = pageOf(rows, NextPageToken);
      return { DomainName: DomainName ?? '', StartTime, EndTime, ...page, StreamDetailData: { StreamData: items } };
    },
  }),
  action({
    name: 'DescribeLiveStreamPushMetricDetailData',
    summary: 'Traffic and bandwidth of publishes, minute by minute',
    input: z.object({ DomainName: text, ...metricInput }),
    run: async ({ input: { DomainName, AppName, StreamName, NextPageToken, ...span }, ask, nowMs }) => {
      const asked = minutes(span, nowMs());
      const all = await usagePoints(ask, asked, 'app,stream', [DomainName], exactly(AppName, StreamName));
      const rows = all.filter(isPublished).map(({ at, app, stream: name, ingestBytes }) => ({
        ...{ AppName: app, StreamName: name, TimeStamp: utcText(Date.parse(at)) },
        ...{ ReqTraffic: ingestBytes, ReqBps: bitsPerSecond(ingestBytes) },
      }));
      const { StartTime, EndTime } = asked.told;
      const { items, ...page } = pageOf(rows, NextPageToken);
      return { DomainName, StartTime, EndTime, ...page, StreamDetailData: { StreamData: items } };
    },
  }),
  action({
    name: 'DescribeLiveTopDomainsByFlow',
    summary: 'The domains with the most traffic',
    differs: 'MaxBps is that of the largest five minutes; TotalAccess counts answers of HTTP',
    input: z.object({ ...mayTimes, Limit: integer.pipe(z.int().min(1).max(100)).default(20) }),
    run: async ({ input: { Limit, ...span }, ask, nowMs }) => {
      const asked = askedSpan({ ...span, Interval: 300 }, nowMs());
      const points = await usagePoints(ask, asked, 'domain');
      const byDomain = pointsByDomain(points);
      const total = points.reduce((sum, { egressBytes }) => sum + egressBytes, 0);
      const TopDomain = [...byDomain]
        .map(([DomainName, own]) => topDomain(DomainName, own, total))
        .sort((a, b) => Number(b.TotalTraffic) - Number(a.TotalTraffic))
        .slice(0, Limit)
        .map((each, index) => ({ ...each, Rank: index + 1 }));
      const { StartTime, EndTime } = asked.told;
      const counts = {
        DomainCount: byDomain.size,
        DomainOnlineCount: TopDomain.filter(({ MaxBps }) => MaxBps > 0).length,
      };
      return { StartTime, EndTime, ...counts, TopDomains: { TopDomain } };
    },
  }),
];

type OfStream = { readonly DomainName: string; readonly AppName: string; readonly StreamName: string } & Omit<
  Span,
  'Interval'
>;

/** Each minute in which the stream was published. */
async function ratesOf({ input: { DomainName, AppName, StreamName, ...span }, ask, nowMs }: ActionCall<OfStream>) {
  const where = { app: AppName, stream: StreamName };
  const points = await usagePoints(ask, minutes(span, nowMs()), '', [DomainName], where);
  const StreamUrl = `rtmp://${DomainName}/${AppName}/${StreamName}`;
  return points
    .filter(isPublished)
    .map((point) => ({ StreamUrl, Time: utcText(Date.parse(point.at)), ...rates(point) }));
}

const isPublished = ({ ingestBytes }: Point) => ingestBytes > 0;

/** Names that are looked for by the database: a stream needs its app. */
function exactly(app: string | undefined, name: string | undefined) {
  return app === undefined ? {} : { app, ...(name !== undefined && { stream: name }) };
}

type Row = { readonly point: Point; readonly doors: ReadonlyMap<string, Point> };

/** The points of one stream and minute together. */
function streamRows(points: readonly Point[]): Row[] {
  const rows = new Map<string, { point: Point; doors: Map<string, Point> }>();
  for (const point of points) {
    const key = `${point.at}\n${point.app}\n${point.stream}`;
    const row = rows.get(key) ?? { point, doors: new Map() };
    rows.set(key, row);
    row.doors.set(point.door ?? '', point);
  }
  return [...rows.values()];
}

function metricRow({ at, app, stream: name }: Point, doors: Row['doors'], only: keyof typeof DOORS | undefined) {
  const sum = (door: keyof typeof DOORS, value: (point: Point) => number) =>
    DOORS[door].reduce((all, each) => all + (doors.has(each) ? value(doors.get(each) as Point) : 0), 0);
  const of = (door: keyof typeof DOORS) => {
    if (only !== undefined && only !== door) return { traffic: 0, count: 0 };
    return {
      traffic: sum(door, (each) => each.egressBytes),
      count: Math.round(sum(door, (each) => each.averageViewers)),
    };
  };
  const [flv, hls, rtmp] = [of('flv'), of('hls'), of('rtmp')];
  const Traffic = flv.traffic + hls.traffic + rtmp.traffic;
  return {
    ...{ AppName: app, StreamName: name, TimeStamp: utcText(Date.parse(at)) },
    ...{ Traffic, Bps: bitsPerSecond(Traffic), Count: flv.count + hls.count + rtmp.count },
    ...{ FlvTraffic: flv.traffic, FlvBps: bitsPerSecond(flv.traffic), FlvCount: flv.count },
    ...{ HlsTraffic: hls.traffic, HlsBps: bitsPerSecond(hls.traffic), HlsCount: hls.count },
    ...{ RtmpTraffic: rtmp.traffic, RtmpBps: bitsPerSecond(rtmp.traffic), RtmpCount: rtmp.count },
  };
}

/** The token is where the next page begins. */
function pageOf<T>(rows: readonly T[], token: string | undefined) {
  const begin = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(begin) || begin < 0) throw invalidParameter('NextPageToken', 'it is not one of ours');
  const end = begin + PAGE;
  const more = end < rows.length ? { NextPageToken: String(end) } : {};
  return { items: rows.slice(begin, end), PageSize: PAGE, ...more };
}

function pointsByDomain(points: readonly Point[]): ReadonlyMap<string, readonly Point[]> {
  const byDomain = new Map<string, Point[]>();
  for (const point of points) {
    const own = byDomain.get(point.domain ?? '');
    if (own) own.push(point);
    else byDomain.set(point.domain ?? '', [point]);
  }
  return byDomain;
}

function topDomain(DomainName: string, points: readonly Point[], all: number) {
  const traffic = points.reduce((sum, { egressBytes }) => sum + egressBytes, 0);
  const busiest = points.reduce((most, each) => (each.egressBytes > most.egressBytes ? each : most));
  return {
    ...{
      DomainName,
      TotalTraffic: String(traffic),
      TrafficPercent: String(all > 0 ? Math.round((traffic / all) * 1e4) / 100 : 0),
    },
    ...{ MaxBps: bitsPerSecond(busiest.egressBytes, 300), MaxBpsTime: utcText(Date.parse(busiest.at)) },
    TotalAccess: points.reduce((sum, { requests }) => sum + requests, 0),
  };
}
