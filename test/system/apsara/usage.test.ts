import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { FlvViewer } from '../../support/flv-viewer.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../../support/index.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

const STREAM = { DomainName: 'default', AppName: 'live', StreamName: 'one' };
const HOUR_MS = 3_600_000;

type Row = Record<string, string>;

let server: Headwater;
let pop: ApsaraClient;
let tea: ApsaraClient;

beforeAll(async () => {
  server = await startHeadwater({ rules: { domains: [OPEN_DOMAIN] } });
  const key = await newKey(server);
  [pop, tea] = [popClient(server, key), openApiClient(server, key)];
});

afterAll(() => server?.stop());

const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const span = () => ({ StartTime: utc(Date.now() - HOUR_MS), EndTime: utc(Date.now() + 60_000) });
const rowsOf = (answer: Record<string, unknown>, list: string) => (answer[list] as { DataModule: Row[] }).DataModule;
const sumOf = (rows: readonly Row[], field: string) => rows.reduce((sum, row) => sum + Number(row[field]), 0);

it('tells of traffic, bandwidth, viewers, rates and answers what REST tells', async () => {
  const publisher = await publishTestPicture(server, 'live/one', { seconds: 300 });
  const viewer = await FlvViewer.open(`${server.playback}/live/one.flv`);
  try {
    expect((await fetch(`${server.playback}/live/none.flv`)).status).toBe(404);
    // Usage is told of up to the last whole minute.
    await until(
      'traffic is told of',
      async () =>
        sumOf(rowsOf(await pop('DescribeLiveDomainTrafficData', span()), 'TrafficDataPerInterval'), 'TrafficValue') > 0,
      150_000,
    );
  } finally {
    await viewer.close();
    await publisher.stop();
  }
  // A minute that ends meanwhile is in one answer and not in the other.
  let disagreement: unknown;
  await until(
    'all tell the same',
    () =>
      compare().then(
        () => true,
        (error: unknown) => {
          disagreement = error;
          return false;
        },
      ),
    20_000,
  ).catch(() => {
    throw disagreement;
  });
});

async function compare(): Promise<void> {
  const within = span();
  const asked = { from: within.StartTime, to: within.EndTime, grain: 'minute', domain: 'default' };
  const { points } = await server.api<{ points: Record<string, number>[] }>(`/usage?${new URLSearchParams(asked)}`);
  const total = (name: string) => points.reduce((sum, point) => sum + Number(point[name]), 0);
  expect(total('egressBytes')).toBeGreaterThan(0);

  const domain = { DomainName: 'default', ...within };
  const traffic = rowsOf(await tea('DescribeLiveDomainTrafficData', domain), 'TrafficDataPerInterval');
  expect(sumOf(traffic, 'TrafficValue')).toBe(total('egressBytes'));
  expect(sumOf(traffic, 'HttpTrafficValue')).toBe(total('egressBytes'));
  expect(sumOf(traffic, 'HttpsTrafficValue')).toBe(0);
  const bandwidth = rowsOf(await pop('DescribeLiveDomainBpsData', domain), 'BpsDataPerInterval');
  expect(sumOf(bandwidth, 'BpsValue')).toBeCloseTo((total('egressBytes') * 8) / 300, -1);
  const minutes = rowsOf(await tea('DescribeLiveDomainRealTimeTrafficData', domain), 'RealTimeTrafficDataPerInterval');
  expect(sumOf(minutes, 'Value')).toBe(total('egressBytes'));
  const realTime = await tea('DescribeLiveDomainRealTimeBpsData', domain);
  expect(realTime.DataInterval).toBe('60');
  const pushed = rowsOf(await pop('DescribeLiveDomainPushTrafficData', domain), 'TrafficDataPerInterval');
  expect(sumOf(pushed, 'TrafficValue')).toBe(total('ingestBytes'));
  expect(rowsOf(await tea('DescribeLiveDomainPushBpsData', domain), 'BpsDataPerInterval')).toHaveLength(pushed.length);

  const codes = await tea('DescribeLiveDomainRealTimeHttpCodeData', domain);
  expect(JSON.stringify(codes.RealTimeHttpCodeData)).toMatch(/"Code":"404","Count":"\d+","Proportion":"\d/);
  const views = (await pop('DescribeLiveDomainPvUvData', domain)).PvUvDataInfos as { PvUvDataInfo: Row[] };
  expect(sumOf(views.PvUvDataInfo, 'PV')).toBe(total('sessions'));

  const users = (await tea('DescribeLiveStreamHistoryUserNum', { ...STREAM, ...within })).LiveStreamUserNumInfos;
  expect(JSON.stringify(users)).toContain('"UserNum":"');
  const rates = (await pop('DescribeLiveStreamDetailFrameRateAndBitRateData', { ...STREAM, ...within })) as unknown as {
    FrameRateAndBitRateInfos: Record<string, number>[];
  };
  const [first] = rates.FrameRateAndBitRateInfos;
  // The first minute's seconds begin with the push, and a busy machine's encoder makes up for time that it lost.
  expect(first?.VideoFrameRate).toBeGreaterThan(15);
  expect(first?.VideoFrameRate).toBeLessThan(30 * 60);
  expect(first?.AudioFrameRate).toBeGreaterThan(40);
  expect(first?.VideoBitRate).toBeGreaterThan(100);
  expect(await tea('DescribeLiveStreamBitRateData', { ...STREAM, ...within })).toMatchObject({
    FrameRateAndBitRateInfos: { FrameRateAndBitRateInfo: [{ StreamUrl: 'rtmp://default/live/one' }] },
  });
  const { Time } = first as unknown as { Time: string };
  expect(
    await pop('DescribeLiveDomainFrameRateAndBitRateData', { DomainName: 'default', QueryTime: Time }),
  ).toMatchObject({
    FrameRateAndBitRateInfos: { FrameRateAndBitRateInfo: [{ StreamUrl: 'rtmp://default/live/one' }] },
  });

  const metric = (await tea('DescribeLiveStreamMetricDetailData', domain)).StreamDetailData as {
    StreamData: Record<string, number>[];
  };
  expect(metric.StreamData.reduce((sum, { FlvTraffic = 0 }) => sum + FlvTraffic, 0)).toBe(total('egressBytes'));
  const push = (await pop('DescribeLiveStreamPushMetricDetailData', domain)).StreamDetailData as {
    StreamData: Record<string, number>[];
  };
  expect(push.StreamData.reduce((sum, { ReqTraffic = 0 }) => sum + ReqTraffic, 0)).toBe(total('ingestBytes'));
  expect(await tea('DescribeLiveTopDomainsByFlow', within)).toMatchObject({
    DomainCount: 1,
    TopDomains: { TopDomain: [{ DomainName: 'default', Rank: 1, TrafficPercent: '100' }] },
  });
  for (const action of [
    'DescribeLiveDomainSnapshotData',
    'DescribeLiveDomainTimeShiftData',
    'DescribeLiveDomainRecordUsageData',
    'DescribeLiveDomainStreamTranscodeData',
  ]) {
    await pop(action, domain);
    await tea(action, within);
  }
}

it('refuses what it cannot tell of, and tells nobody of the domains of others', async () => {
  const { StartTime, EndTime } = span();
  const data = (client: ApsaraClient, more: object) =>
    codeOf(client('DescribeLiveDomainBpsData', { StartTime, EndTime, ...more }));
  expect(await data(tea, { Interval: 7 })).toBe('InvalidParameter');
  expect(await data(tea, { EndTime: StartTime })).toBe('InvalidParameter');
  expect(await codeOf(tea('DescribeLiveDomainRealTimeBpsData', { StartTime }))).toBe('MissingParameter');
  const narrow = popClient(server, await newKey(server, [{ role: 'domain-manager', resources: ['domain/other'] }]));
  expect(await data(narrow, { DomainName: 'default' })).toBe('Forbidden');
});
