import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ShowReportAnswer } from '../../../src/operations/index.ts';
import { alarmsTold, typesOf, untilTold } from '../../support/alarms.ts';
import { type ApsaraClient, codeOf, newKey, openApiClient } from '../../support/apsara-clients.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { FlvViewer } from '../../support/flv-viewer.ts';
import {
  type Child,
  type Headwater,
  runToEnd,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
} from '../../support/index.ts';

const PLAY = 'play.show.test';
const PUSH = 'push.show.test';
const PUSH_KEY = 'keyOfEncoders0123';
const PLAY_KEY = 'keyOfViewers01234';
const STREAM = { DomainName: PLAY, AppName: 'live', StreamName: 'show' };
const NAME = `${PLAY}/live/show`;
const OSS = { OssBucket: 'recordings', OssEndpoint: 'oss-cn-shanghai.aliyuncs.com' };

let home: Awaited<ReturnType<typeof tempDir>>;
let pager: CallbackReceiver;
let server: Headwater;
let call: ApsaraClient;
const encoders: Child[] = [];

beforeAll(async () => {
  home = await tempDir('apsara-show');
  pager = await CallbackReceiver.start();
  server = await startHeadwater({
    env: { DATABASE_URL: '', HEADWATER_RECORDINGS_DIR: home.path, HEADWATER_USAGE_CURRENCY: 'EUR' },
  });
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
  call = openApiClient(server, await newKey(server));
});
afterAll(async () => {
  for (const encoder of encoders) await encoder.stop('SIGKILL');
  await server?.stop();
  await pager?.down();
  await home?.remove();
});

/** As programs written for ApsaraVideo sign: type A, over path, end, random, uid and key. */
function signed(path: string, key: string): string {
  const until = Math.floor(Date.now() / 1000) + 3600;
  const hash = createHash('md5').update(`${path}-${until}-0-0-${key}`).digest('hex');
  return `auth_key=${until}-0-0-${hash}`;
}

const aliauth = (DomainNames: string, key: string) =>
  call('BatchSetLiveDomainConfigs', {
    DomainNames,
    Functions: JSON.stringify([
      {
        functionName: 'aliauth',
        functionArgs: [
          { argName: 'auth_type', argValue: 'type_a' },
          { argName: 'auth_key1', argValue: key },
        ],
      },
    ]),
  });

function push(): Child {
  const url = `${server.rtmp}/live/show?vhost=${PUSH}&${signed('/live/show', PUSH_KEY)}`;
  const encoder = start('ffmpeg', [...testPictureArgs({ gop: 30, seconds: 300 }), '-f', 'flv', url]);
  encoders.push(encoder);
  return encoder;
}

const isLive = async () => (await call('DescribeLiveStreamState', STREAM)).StreamState === 'online';
const untilLive = () => until('the stream is live', isLive);

const watch = () =>
  FlvViewer.open(`${server.playback}/live/show.flv?${signed('/live/show.flv', PLAY_KEY)}`, { host: PLAY });

const span = () => ({
  StartTime: new Date(Date.now() - 600_000).toISOString(),
  EndTime: new Date(Date.now() + 600_000).toISOString(),
});

const add = (path: string, body: object) =>
  server.api(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

it('a program written for ApsaraVideo Live runs a show, and hears of its encoder that dies', async () => {
  await call('AddLiveDomain', { DomainName: PLAY, LiveDomainType: 'liveVideo', Region: 'cn-shanghai' });
  await call('AddLiveDomain', { DomainName: PUSH, LiveDomainType: 'liveEdge', Region: 'cn-shanghai' });
  await call('AddLiveDomainMapping', { PullDomain: PLAY, PushDomain: PUSH });
  await aliauth(PLAY, PLAY_KEY);
  await aliauth(PUSH, PUSH_KEY);
  await call('AddLiveAppRecordConfig', {
    ...{ DomainName: PLAY, AppName: 'live', ...OSS, DelayTime: 15 },
    RecordFormat: [
      { Format: 'mp4', OssObjectPrefix: 'rec/{AppName}/{StreamName}/{EscapedStartTime}_{EscapedEndTime}' },
    ],
  });
  await call('AddLiveAppSnapshotConfig', {
    ...{ DomainName: PLAY, AppName: 'live', ...OSS, TimeInterval: 5 },
    SequenceOssObject: 'snap/{AppName}/{StreamName}/{UnixTimestamp}.jpg',
  });
  await add('/prices', { name: 'out', item: 'egress-gb', amount: 1000 });
  await add('/prices', { name: 'in', item: 'ingest-gb', amount: 100 });

  const first = push();
  await untilLive();
  const viewer = await watch();
  const [picture] = await until('a snapshot is there', async () => {
    const { LiveStreamSnapshotInfoList } = await call('DescribeLiveStreamSnapshotInfo', { ...STREAM, ...span() });
    const { LiveStreamSnapshotInfo } = LiveStreamSnapshotInfoList as { LiveStreamSnapshotInfo: Named[] };
    return LiveStreamSnapshotInfo.length > 0 && LiveStreamSnapshotInfo;
  });
  await access(join(home.path, picture?.OssObject ?? ''));
  await until('the viewer has pictures', () => viewer.tags.length > 30);

  const ban = { ...STREAM, LiveStreamType: 'publisher' };
  await call('ForbidLiveStream', ban);
  expect(await first.exited).not.toBe(0);
  await viewer.closed;
  expect(await push().exited).not.toBe(0);
  const [file] = await until('the recording is there', async () => {
    const { RecordContentInfoList } = await call('DescribeLiveStreamRecordContent', { ...STREAM, ...span() });
    const { RecordContentInfo } = RecordContentInfoList as { RecordContentInfo: Named[] };
    return RecordContentInfo.length > 0 && RecordContentInfo;
  });
  const probe = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
  const codecs = await runToEnd('ffprobe', [...probe, join(home.path, file?.OssObjectPrefix ?? '')]);
  expect(codecs.trim().split('\n')).toEqual(['h264', 'aac']);

  await call('ResumeLiveStream', ban);
  expect(await codeOf(call('ResumeLiveStream', ban))).toBe('InvalidStream.NotFound');
  const second = push();
  await untilLive();
  const severities = ['page', 'ticket', 'info'];
  await add('/alarm-channels', { id: 'pager', kind: 'webhook', url: pager.url('alarms'), severities });
  await add('/alarm-policies', { name: 'STREAM_OFFLINE', clearSeconds: 1 });
  const match = { domain: PLAY, app: 'live', stream: 'show' };
  await add('/stream-rules', { match, alarms: { expected: 'always', offlineSeconds: 2 } });
  const again = await watch();
  await until('the viewer has pictures again', () => again.tags.length > 30);
  await second.stop('SIGKILL');
  await untilTold(pager, 'alarm_raised', 'STREAM_OFFLINE', NAME);
  push();
  await untilLive();
  await untilTold(pager, 'alarm_cleared', 'STREAM_OFFLINE', NAME);
  const ofShow = alarmsTold(pager).filter(({ data }) => data.subject.name === NAME);
  expect([ofShow[0]?.data.code, ...typesOf(ofShow)]).toEqual(['STREAM_OFFLINE', 'raised', 'cleared']);
  await again.close();

  // Usage is written down at the end of each minute.
  const report = await until(
    'the show has a cost',
    async () => {
      const { sessions } = await server.api<{ sessions: { sessionId: string; stream: string }[] }>('/history');
      // Publishes of less than two seconds are not listed.
      const [newest] = sessions;
      if (!newest) return false;
      const answer = await server.api<ShowReportAnswer>(`/history/${newest.sessionId}/report`);
      return (answer.cost?.amount ?? 0) > 0 && answer;
    },
    150_000,
  );
  expect(report).toMatchObject({ domain: PLAY, app: 'live', stream: 'show', cost: { currency: 'EUR' } });
  expect(report.traffic.egressBytes).toBeGreaterThan(0);
}, 400_000);

type Named = { readonly OssObject?: string; readonly OssObjectPrefix?: string };
