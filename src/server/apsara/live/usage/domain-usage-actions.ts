import { z } from 'zod';
import { type ActionCall, action, type Body, type ServedAction, text, utcText } from '../../base/index.ts';
import { type Point, summed, usageDetails, usagePoints } from './points.ts';
import { askedSpan, DOMAINS, SPAN, type Span } from './span.ts';

const optionalPlace = { IspNameEn: text.optional(), LocationNameEn: text.optional() };
const NOWHERE = 'networks and regions of viewers are not told apart';
const { Interval: _, ...TIMES } = SPAN;

type Values = (point: Point) => Readonly<Record<string, number>>;

type Series = {
  readonly name: string;
  readonly summary: string;
  /** What the answer calls its list. */
  readonly list: string;
  /** Bits a second instead of bytes. */
  readonly isBandwidth?: boolean;
  readonly values: Values;
};

type Call = Pick<ActionCall, 'ask' | 'nowMs'>;

/** Values over time, each as text, of some domains or all. */
async function seriesAnswer(
  { list, isBandwidth, values }: Series,
  DomainName: string | undefined,
  span: Span,
  call: Call,
) {
  const asked = askedSpan(span, call.nowMs());
  const domains = DomainName?.split(',').filter((each) => each !== '');
  const points = await usagePoints(call.ask, asked, '', domains);
  const shown = (sum: number) => String(Math.round(isBandwidth ? (sum * 8) / asked.seconds : sum));
  const DataModule = summed(points, values).map(({ at, sums }) => ({
    ...Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, shown(sum)])),
    TimeStamp: utcText(Date.parse(at)),
  }));
  return { DomainName: DomainName ?? '', ...asked.told, [list]: { DataModule } };
}

function seriesAction(series: Series): ServedAction {
  return action({
    ...{ name: series.name, summary: series.summary, differs: NOWHERE },
    input: z.object({ DomainName: text.optional(), ...optionalPlace, ...SPAN }),
    run: ({ input: { DomainName, ...span }, ...call }) => seriesAnswer(series, DomainName, span, call),
  });
}

function minutesAction(series: Series): ServedAction {
  return action({
    ...{ name: series.name, summary: series.summary, differs: NOWHERE },
    input: z.object({ DomainName: text, ...optionalPlace, ...TIMES }),
    run: ({ input: { DomainName, ...times }, ...call }) =>
      seriesAnswer(series, DomainName, { ...times, Interval: 60 }, call),
  });
}

const traffic: Values = ({ egressBytes, secureEgressBytes }) => ({
  TrafficValue: egressBytes,
  HttpTrafficValue: egressBytes - secureEgressBytes,
  HttpsTrafficValue: secureEgressBytes,
});
const bandwidth: Values = ({ egressBytes, secureEgressBytes }) => ({
  BpsValue: egressBytes,
  HttpBpsValue: egressBytes - secureEgressBytes,
  HttpsBpsValue: secureEgressBytes,
});

/** What domains delivered and took in. */
export const domainUsageActions: readonly ServedAction[] = [
  seriesAction({
    name: 'DescribeLiveDomainBpsData',
    summary: 'Bandwidth to viewers over time',
    ...{ list: 'BpsDataPerInterval', values: bandwidth, isBandwidth: true },
  }),
  seriesAction({
    name: 'DescribeLiveDomainTrafficData',
    summary: 'Traffic to viewers over time',
    ...{ list: 'TrafficDataPerInterval', values: traffic },
  }),
  minutesAction({
    name: 'DescribeLiveDomainRealTimeBpsData',
    summary: 'Bandwidth to viewers, minute by minute',
    ...{ list: 'RealTimeBpsDataPerInterval', isBandwidth: true },
    values: ({ egressBytes }) => ({ Value: egressBytes }),
  }),
  minutesAction({
    name: 'DescribeLiveDomainRealTimeTrafficData',
    summary: 'Traffic to viewers, minute by minute',
    list: 'RealTimeTrafficDataPerInterval',
    values: ({ egressBytes }) => ({ Value: egressBytes }),
  }),
  seriesAction({
    name: 'DescribeLiveDomainPushBpsData',
    summary: 'Bandwidth from publishers over time',
    ...{ list: 'BpsDataPerInterval', isBandwidth: true },
    values: ({ ingestBytes }) => ({ BpsValue: ingestBytes }),
  }),
  seriesAction({
    name: 'DescribeLiveDomainPushTrafficData',
    summary: 'Traffic from publishers over time',
    list: 'TrafficDataPerInterval',
    values: ({ ingestBytes }) => ({ TrafficValue: ingestBytes }),
  }),
  action({
    name: 'DescribeLiveDomainPvUvData',
    summary: 'Views and different viewers by the hour',
    differs: 'a view is a session of a viewer; different ones are told apart by address, within about 2 %',
    input: z.object({ DomainName: z.string().min(1), StartTime: SPAN.StartTime, EndTime: SPAN.EndTime }),
    run: async ({ input: { DomainName, StartTime, EndTime }, ask, nowMs }) => {
      const asked = askedSpan({ StartTime, EndTime, Interval: 3600 }, nowMs());
      const points = await usagePoints(ask, asked, '', [DomainName]);
      const PvUvDataInfo = summed(points, (each) => ({ PV: each.sessions, UV: each.uniqueViewers ?? 0 })).map(
        ({ at, sums: { PV = 0, UV = 0 } }) => ({ PV: String(PV), UV: String(UV), TimeStamp: utcText(Date.parse(at)) }),
      );
      return { DomainName, ...asked.told, PvUvDataInfos: { PvUvDataInfo } };
    },
  }),
  action({
    name: 'DescribeLiveDomainRealTimeHttpCodeData',
    summary: 'Answers of HTTP by their status, minute by minute',
    differs: NOWHERE,
    input: z.object({ DomainName: z.string().min(1), ...optionalPlace, ...TIMES }),
    run: async ({ input: { DomainName, ...times }, ask, nowMs }) => {
      const asked = askedSpan({ ...times, Interval: 60 }, nowMs());
      const details = await usageDetails(ask, asked, 'requests', '', [DomainName]);
      const UsageData = summed(details, ({ detail, count }) => ({ [detail]: count })).map(({ at, sums }) => {
        const all = Object.values(sums).reduce((sum, count) => sum + count, 0);
        const RealTimeCodeProportionData = Object.entries(sums).map(([Code, count]) => ({
          ...{ Code, Count: String(count), Proportion: String(Math.round((count / all) * 1e6) / 1e4) },
        }));
        return { TimeStamp: utcText(Date.parse(at)), Value: { RealTimeCodeProportionData } };
      });
      return { DomainName, ...asked.told, RealTimeHttpCodeData: { UsageData } };
    },
  }),
  action({
    name: 'DescribeLiveDomainSnapshotData',
    summary: 'How many snapshots were made, by day',
    input: z.object({ DomainName: DOMAINS, StartTime: SPAN.StartTime.unwrap(), EndTime: SPAN.EndTime.unwrap() }),
    run: async ({ input: { DomainName, StartTime, EndTime }, ask, nowMs }) => {
      const asked = askedSpan({ StartTime, EndTime, Interval: 86400 }, nowMs());
      const points = await usagePoints(ask, asked, '', DomainName);
      const SnapshotDataInfo = summed(points, ({ snapshots }) => ({ Total: snapshots })).map(({ at, sums }) => ({
        ...{ Date: at.slice(0, 10).replaceAll('-', ''), Total: sums.Total ?? 0 },
      }));
      return { SnapshotDataInfos: { SnapshotDataInfo } };
    },
  }),
  action({
    name: 'DescribeLiveDomainTimeShiftData',
    summary: 'How much was kept for time shift',
    differs: 'Type is left out',
    input: z.object({ DomainName: DOMAINS, ...SPAN }),
    run: async ({ input: { DomainName, ...span }, ask, nowMs }) => {
      const asked = askedSpan(span, nowMs());
      const points = await usagePoints(ask, asked, '', DomainName);
      const DataModule = summed(points, ({ timeShiftBytes }) => ({ Size: timeShiftBytes })).map(({ at, sums }) => ({
        ...{ Size: String(sums.Size ?? 0), TimeStamp: utcText(Date.parse(at)) },
      }));
      return { TimeShiftData: { DataModule } };
    },
  }),
  action({
    name: 'DescribeLiveDomainRecordUsageData',
    summary: 'Files that were recorded, by format',
    differs: 'SplitBy may be domain; Duration is in seconds; regions are not told apart',
    input: z.object({ DomainName: DOMAINS, ...SPAN, Region: text.optional(), SplitBy: text.optional() }),
    run: async ({ input: { DomainName, SplitBy = '', Region: __, ...span }, ask, nowMs }) => {
      const asked = askedSpan(span, nowMs());
      const by = SplitBy.split(',').includes('domain') ? 'domain' : '';
      const details = await usageDetails(ask, asked, 'record', by, DomainName);
      const DataModule = details.map(({ at, domain, detail, count, seconds }) => ({
        ...{ Type: detail, Count: count, Duration: Math.round(seconds), TimeStamp: utcText(Date.parse(at)) },
        ...(domain !== undefined && { Domain: domain }),
      }));
      const { StartTime, EndTime } = asked.told;
      return { StartTime, EndTime, RecordUsageData: { DataModule } };
    },
  }),
  action({
    name: 'DescribeLiveDomainStreamTranscodeData',
    summary: 'How long was transcoded, by codec and resolution',
    differs: 'Duration is in seconds; Split may be domain; Precision, Fps and regions are not told apart',
    input: z.object({
      ...{ DomainName: DOMAINS, Interval: SPAN.Interval, Precision: text.optional(), Split: text.optional() },
      ...{ StartTime: SPAN.StartTime.unwrap(), EndTime: SPAN.EndTime.unwrap() },
    }),
    run: async ({ input: { DomainName, Split = '', Precision: __, ...span }, ask, nowMs }) => {
      const by = Split.split(',').includes('domain') ? 'domain' : '';
      const details = await usageDetails(ask, askedSpan(span, nowMs()), 'transcode', by, DomainName);
      const TranscodeData = details.map(({ at, domain, detail, seconds }) => {
        const [codec = '', Resolution = ''] = detail.split(' ');
        const named = domain === undefined ? {} : { Domain: domain };
        return {
          ...named,
          TanscodeType: codec,
          Resolution,
          Duration: Math.round(seconds),
          TimeStamp: utcText(Date.parse(at)),
        };
      });
      return { TranscodeDataList: { TranscodeData } } satisfies Body;
    },
  }),
];
