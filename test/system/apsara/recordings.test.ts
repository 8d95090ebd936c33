import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apsaraSignature } from '../../../src/notify/index.ts';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, runToEnd, startHeadwater, tempDir, until } from '../../support/index.ts';

const DOMAIN = { DomainName: 'default' };
const OSS = { OssBucket: 'recordings', OssEndpoint: 'oss-cn-shanghai.aliyuncs.com' };
const OBJECT = 'rec/{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
const SLICE = 'rec/{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}';
const KEY = 'aKeyOfCallbacks16';

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let key: Key;

beforeAll(async () => {
  home = await tempDir('apsara-recordings');
  receiver = await CallbackReceiver.start();
  server = await startHeadwater({ env: { HEADWATER_RECORDINGS_DIR: home.path } });
  key = await newKey(server);
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

type Listed = { readonly LiveAppRecordList: { readonly LiveAppRecord: Record<string, unknown>[] } };

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, app, client) => {
  const named = { ...DOMAIN, AppName: app };
  const list = async (call: ApsaraClient, more: object = {}) =>
    ((await call('DescribeLiveRecordConfig', { ...named, ...more })) as unknown as Listed).LiveAppRecordList
      .LiveAppRecord;

  it('adds, changes and removes what is recorded, as REST has it, too', async () => {
    const call = client();
    await call('AddLiveAppRecordConfig', {
      ...{ ...named, ...OSS, StreamName: 'one', DelayTime: 60, OnDemand: 7 },
      ...{ StartTime: '2026-01-01T00:00:00Z', EndTime: '2026-01-02T00:00:00Z' },
      RecordFormat: [
        { Format: 'mp4', CycleDuration: 900, OssObjectPrefix: OBJECT },
        { Format: 'm3u8', OssObjectPrefix: OBJECT, SliceOssObjectPrefix: SLICE, SliceDuration: 10 },
      ],
    });
    const id = encodeURIComponent(`default~${app}~one`);
    expect(await server.api(`/stream-rules/${id}`)).toMatchObject({
      match: { domain: 'default', app, stream: 'one' },
      record: {
        ...{ enabled: true, storage: 'recordings', delaySeconds: 60, onDemand: 'manual', renditions: [] },
        ...{ startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-02T00:00:00Z' },
        formats: [
          { format: 'mp4', cycleSeconds: 900, object: OBJECT },
          { format: 'm3u8', cycleSeconds: 21_600, object: OBJECT, sliceSeconds: 10, sliceObject: SLICE },
        ],
      },
    });
    const again = { ...named, ...OSS, StreamName: 'one', RecordFormat: [{ Format: 'mp4' }] };
    expect(await codeOf(call('AddLiveAppRecordConfig', again))).toBe('ConfigAlreadyExists');
    expect(await list(call)).toEqual([
      {
        ...{ ...named, StreamName: 'one', OssBucket: 'recordings', OssEndpoint: 'folder', DelayTime: 60, OnDemond: 7 },
        ...{ StartTime: '2026-01-01T00:00:00Z', EndTime: '2026-01-02T00:00:00Z' },
        RecordFormatList: {
          RecordFormat: [
            { Format: 'mp4', CycleDuration: 900, OssObjectPrefix: OBJECT },
            ...[{ Format: 'm3u8', CycleDuration: 21_600, OssObjectPrefix: OBJECT }].map((each) => ({
              ...each,
              ...{ SliceDuration: 10, SliceOssObjectPrefix: SLICE },
            })),
          ],
        },
        TranscodeRecordFormatList: { RecordFormat: [] },
        TranscodeTemplates: { Templates: [] },
      },
    ]);
    await call('UpdateLiveAppRecordConfig', {
      ...{ ...named, StreamName: 'one', OssEndpoint: 'folder', DelayTime: 30 },
      RecordFormat: [{ Format: 'mp4', CycleDuration: 600 }],
    });
    expect(await list(call, { StreamName: 'one' })).toMatchObject([
      {
        ...{ DelayTime: 30, OnDemond: 7, StartTime: '2026-01-01T00:00:00Z' },
        RecordFormatList: { RecordFormat: [{ Format: 'mp4', CycleDuration: 600, OssObjectPrefix: OBJECT }] },
      },
    ]);
    await call('DeleteLiveAppRecordConfig', { ...named, StreamName: 'one' });
    expect(await list(call)).toEqual([]);
    await expect(server.api(`/stream-rules/${id}`)).rejects.toThrow('404');
    const gone = { ...named, StreamName: 'one', OssEndpoint: 'x' };
    expect(await codeOf(call('UpdateLiveAppRecordConfig', gone))).toBe('InvalidConfig.NotFound');
    expect(await codeOf(call('DeleteLiveAppRecordConfig', gone))).toBe('InvalidConfig.NotFound');
  });

  it('shows what was set in the console, page by page and in both orders', async () => {
    const call = client();
    for (const stream of ['a', 'b', 'c']) {
      const rule = { match: { domain: 'default', app, stream }, record: { enabled: true, keepDays: 3 } };
      await send('POST', '/stream-rules', rule);
    }
    const page = await call('DescribeLiveRecordConfig', { ...named, PageSize: 2, PageNum: 2, Order: 'desc' });
    expect(page).toMatchObject({ PageNum: 2, PageSize: 2, TotalNum: 3, TotalPage: 2, Order: 'desc' });
    const [{ StreamName, RecordFormatList, DelayTime } = {}] = (page as unknown as Listed).LiveAppRecordList
      .LiveAppRecord;
    expect({ StreamName, DelayTime }).toEqual({ StreamName: 'a', DelayTime: 180 });
    expect(RecordFormatList).toMatchObject({ RecordFormat: [{ Format: 'mp4', CycleDuration: 3600 }] });
    // What these actions do not know stays.
    await call('DeleteLiveAppRecordConfig', { ...named, StreamName: 'a' });
    const id = encodeURIComponent(`default~${app}~a`);
    expect(await server.api(`/stream-rules/${id}`)).toMatchObject({ record: { keepDays: 3 } });
    expect(await list(call)).toHaveLength(2);
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    const add = (more: object) => codeOf(call('AddLiveAppRecordConfig', { ...named, ...OSS, ...more }));
    const mp4 = { RecordFormat: [{ Format: 'mp4' }] };
    expect(await add({})).toBe('MissingParameter');
    expect(await add({ RecordFormat: [{ Format: 'm3u8' }] })).toBe('MissingParameter');
    expect(await add({ ...mp4, StartTime: '2026-01-01T00:00:00Z' })).toBe('MissingParameter');
    expect(await add({ ...mp4, OssBucket: '' })).toBe('MissingParameter');
    expect(await add({ ...mp4, OssBucket: 'elsewhere' })).toBe('InvalidParameter');
    expect(await add({ RecordFormat: [{ Format: 'avi' }] })).toBe('InvalidParameter');
    expect(await add({ RecordFormat: [{ Format: 'mp4', CycleDuration: 3 }] })).toBe('InvalidParameter');
    expect(await add({ RecordFormat: [{ Format: 'mp4', OssObjectPrefix: 'no/times' }] })).toBe('InvalidParameter');
    expect(await add({ ...mp4, OnDemand: 2 })).toBe('InvalidParameter');
    expect(await add({ ...mp4, OnDemand: 1 })).toBe('InvalidParameter');
    expect(await add({ ...mp4, AppName: 'no app' })).toBe('InvalidParameter');
    expect(await add({ ...mp4, DomainName: 'nowhere.test' })).toBe('InvalidDomain.NotFound');
    const nothing = { ...named, StreamName: 'none', Command: 'start' };
    expect(await codeOf(call('RealTimeRecordCommand', nothing))).toBe('InvalidStream.NotFound');
  });
});

describe('a stream that is recorded by these actions', () => {
  const stream = { ...DOMAIN, AppName: 'live', StreamName: 'show' };

  it('is in the storage, and is told of, signed, by command', async () => {
    const call = openApiClient(server, key);
    const notify = { ...DOMAIN, NotifyUrl: receiver.url('records'), NotifyAuthKey: KEY };
    await call('AddLiveRecordNotifyConfig', { ...notify, NeedStatusNotify: true, NotifyReqAuth: true });
    expect(await call('DescribeLiveRecordNotifyConfig', DOMAIN)).toMatchObject({
      LiveRecordNotifyConfig: { ...notify, NeedStatusNotify: true, NotifyReqAuth: true },
    });
    expect(await codeOf(call('AddLiveRecordNotifyConfig', notify))).toBe('ConfigAlreadyExists');
    await call('AddLiveAppRecordConfig', {
      ...{ ...stream, ...OSS, StreamName: '*', OnDemand: 7, DelayTime: 15 },
      RecordFormat: [
        { Format: 'mp4', OssObjectPrefix: OBJECT },
        { Format: 'm3u8', OssObjectPrefix: OBJECT, SliceOssObjectPrefix: SLICE, SliceDuration: 5 },
      ],
    });
    const started = new Date(Date.now() - 10_000).toISOString();
    const publisher = await publishTestPicture(server, 'live/show', { gop: 30 });
    const command = (Command: string) => call('RealTimeRecordCommand', { ...stream, Command });
    await until('the recording is started', async () => (await codeOf(command('start'))) === 'none');
    expect(await codeOf(command('start'))).toBe('TaskAlreadyStarted');
    const told = (event: string) => receiver.told('records').filter(({ body }) => JSON.parse(body).event === event);
    await until('record_started is told', () => told('record_started').length > 0);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await command('stop');
    await command('cancel_delay');
    await publisher.stop('SIGINT');
    const range = { StartTime: started, EndTime: new Date(Date.now() + 60_000).toISOString() };
    const content = await until('both files are made', async () => {
      const answer = await call('DescribeLiveStreamRecordContent', { ...stream, ...range });
      const { RecordContentInfo } = answer.RecordContentInfoList as { RecordContentInfo: Record<string, unknown>[] };
      return RecordContentInfo.length === 2 ? RecordContentInfo : undefined;
    });
    const mp4 = content.find(({ OssObjectPrefix }) => String(OssObjectPrefix).endsWith('.mp4'));
    expect(mp4).toMatchObject({ OssBucket: 'recordings', OssEndpoint: 'folder' });
    expect(mp4?.Duration).toBeGreaterThan(2);
    const file = join(home.path, String(mp4?.OssObjectPrefix));
    const frames = await runToEnd('ffprobe', [
      ...['-v', 'error', '-count_packets', '-select_streams', 'v', '-show_entries', 'stream=nb_read_packets'],
      ...['-of', 'csv=p=0', file],
    ]);
    expect(Number(frames.trim())).toBeGreaterThan(60);
    const fileTold = await until('the file is told of', () =>
      receiver.told('records').find(({ body }) => JSON.parse(body).uri === mp4?.OssObjectPrefix),
    );
    const sentAtMs = Number(fileTold.headers['ali-live-timestamp']) * 1000;
    expect(fileTold.headers).toMatchObject(
      Object.fromEntries(
        Object.entries(apsaraSignature('127.0.0.1', KEY, sentAtMs)).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    );
    const records = await until('it is in the records', async () => {
      const asked = { ...stream, ...range, Status: 'success', PageNumber: 1, PageSize: 50 };
      const answer = await call('DescribeLiveRecordNotifyRecords', asked);
      const sent = answer.CallbackList as Record<string, string>[];
      return sent.some(({ NotifyContent }) => NotifyContent?.includes('.mp4')) ? sent : undefined;
    });
    expect(records[0]).toMatchObject({ ...stream, NotifyUrl: receiver.url('records'), NotifyResult: 'success' });
    expect(records.map(({ NotifyType }) => NotifyType)).toContain('record_file');

    const made = await call('CreateLiveStreamRecordIndexFiles', {
      ...{ ...stream, ...OSS, ...range, EndTimeIncluded: true },
      OssObject: '{AppName}/{StreamName}/{Date}/{Hour}/{Minute}_{Second}.m3u8',
    });
    const { RecordId, OssObject } = made.RecordInfo as { RecordId: string; OssObject: string };
    const index = join(home.path, OssObject);
    expect(await until('the index file is there', () => readFile(index, 'utf8').catch(() => undefined))).toContain(
      '.ts',
    );
    expect(await call('DescribeLiveStreamRecordIndexFile', { ...stream, RecordId })).toMatchObject({
      RecordIndexInfo: { ...stream, RecordId, OssObject, OssBucket: 'recordings', Format: 'm3u8' },
    });
    expect(await call('DescribeLiveStreamRecordIndexFiles', { ...stream, ...range })).toMatchObject({
      TotalNum: 1,
      RecordIndexInfoList: { RecordIndexInfo: [{ RecordId }] },
    });
    const forget = { ...stream, RecordId: [RecordId, 'none'], RemoveFile: 'false' };
    expect(await call('DeleteLiveStreamRecordIndexFiles', forget)).toMatchObject({
      RecordDeleteInfoList: { RecordDeleteInfo: [{ RecordId, Message: 'OK' }, { Message: 'NotFound' }] },
    });
    expect(await readFile(index, 'utf8')).toContain('#EXTM3U');
    expect(await codeOf(call('DescribeLiveStreamRecordIndexFile', { ...stream, RecordId }))).toBe(
      'InvalidRecord.NotFound',
    );
    const longAgo = { StartTime: '2020-01-01T00:00:00Z', EndTime: '2020-01-01T01:00:00Z' };
    const asked = { ...stream, ...OSS, ...longAgo, OssObject: 'a/{AppName}/{StreamName}.m3u8' };
    expect(await codeOf(call('CreateLiveStreamRecordIndexFiles', asked))).toBe('InvalidStream.NotFound');
  });

  it('is asked for at the business server, and told elsewhere after an update', async () => {
    const call = popClient(server, key);
    const OnDemandUrl = receiver.url('ask');
    const update = { ...DOMAIN, NotifyUrl: receiver.url('other'), NotifyAuthKey: KEY, OnDemandUrl };
    await call('UpdateLiveRecordNotifyConfig', update);
    expect(await call('DescribeLiveRecordNotifyConfig', DOMAIN)).toMatchObject({
      LiveRecordNotifyConfig: { NotifyUrl: receiver.url('other'), OnDemandUrl, NotifyReqAuth: false },
    });
    await call('UpdateLiveAppRecordConfig', { ...stream, StreamName: '*', OssEndpoint: 'x', OnDemand: 1 });
    // It has nowhere to ask then.
    expect(await codeOf(call('DeleteLiveRecordNotifyConfig', DOMAIN))).toBe('InvalidParameter');
    const publisher = await publishTestPicture(server, 'live/asked', { gop: 30 });
    const asked = await until('the question', () => receiver.received.find(({ path }) => path === '/ask'));
    expect(asked.query.get('stream')).toBe('asked');
    await publisher.stop('SIGINT');
    await call('DeleteLiveAppRecordConfig', { ...stream, StreamName: '*' });
    await call('DeleteLiveRecordNotifyConfig', DOMAIN);
    expect(await call('DescribeLiveRecordNotifyConfig', DOMAIN)).toMatchObject({ LiveRecordNotifyConfig: DOMAIN });
    const { callbacks } = await server.api<{ callbacks: object[] }>('/callbacks');
    expect(callbacks).toEqual([]);
    expect(await codeOf(call('UpdateLiveRecordNotifyConfig', update))).toBe('InvalidConfig.NotFound');
    const keyless = { ...DOMAIN, NotifyUrl: receiver.url('x'), NotifyReqAuth: true, NotifyAuthKey: 'short' };
    expect(await codeOf(call('AddLiveRecordNotifyConfig', keyless))).toBe('InvalidParameter');
  });
});

it('a rendition is recorded, too, and what is not made is refused', async () => {
  const call = popClient(server, key);
  const own = { Domain: 'default', App: 'both', Template: 'tiny', TemplateType: 'h264', Height: 120, Lazy: 'no' };
  const config = {
    ...{
      ...DOMAIN,
      AppName: 'both',
      ...OSS,
      DelayTime: 15,
      RecordFormat: [{ Format: 'flv', OssObjectPrefix: OBJECT }],
    },
    ...{ TranscodeTemplates: ['tiny'], TranscodeRecordFormat: [{ Format: 'mp4', OssObjectPrefix: OBJECT }] },
  };
  expect(await codeOf(call('AddLiveAppRecordConfig', config))).toBe('InvalidParameter');
  await call('AddCustomLiveStreamTranscode', own);
  expect(await codeOf(call('AddLiveAppRecordConfig', { ...config, TranscodeRecordFormat: [] }))).toBe(
    'MissingParameter',
  );
  await call('AddLiveAppRecordConfig', config);
  expect(await call('DescribeLiveRecordConfig', { ...DOMAIN, AppName: 'both' })).toMatchObject({
    LiveAppRecordList: {
      LiveAppRecord: [
        {
          TranscodeTemplates: { Templates: ['tiny'] },
          TranscodeRecordFormatList: { RecordFormat: [{ Format: 'mp4', OssObjectPrefix: OBJECT }] },
        },
      ],
    },
  });
  const publisher = await publishTestPicture(server, 'both/show', { gop: 30 });
  await until('the rendition is live', async () => {
    const { transcoding } = await server.api<{ transcoding?: { renditions: { state: string }[] } }>(
      '/streams/default/both/show',
    );
    return transcoding?.renditions[0]?.state === 'live';
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await publisher.stop('SIGINT');
  for (const StreamName of ['show', 'show_tiny']) {
    const stream = { ...DOMAIN, AppName: 'both', StreamName };
    await until(`${StreamName} waits for its delay`, async () => {
      const code = await codeOf(call('RealTimeRecordCommand', { ...stream, Command: 'cancel_delay' }));
      return code === 'none';
    });
    const span = { StartTime: '2026-01-01T00:00:00Z', EndTime: '2099-01-01T00:00:00Z' };
    const object = await until(`${StreamName} is recorded`, async () => {
      const { RecordContentInfoList } = await call('DescribeLiveStreamRecordContent', { ...stream, ...span });
      const { RecordContentInfo } = RecordContentInfoList as { RecordContentInfo: { OssObjectPrefix: string }[] };
      return RecordContentInfo[0]?.OssObjectPrefix;
    });
    expect((await readFile(join(home.path, object))).length).toBeGreaterThan(10_000);
    expect(object).toMatch(StreamName === 'show' ? /both\/show\/.*\.flv$/ : /both\/show_tiny\/.*\.mp4$/);
  }
}, 120_000);

describe('whoever manages another domain', () => {
  it('may neither read nor change these', async () => {
    await send('POST', '/domains', { name: 'mine.test' });
    const grants = [{ role: 'domain-manager', resources: ['domain/mine.test'] }];
    const call = openApiClient(server, await newKey(server, grants));
    const add = (DomainName: string) =>
      codeOf(call('AddLiveAppRecordConfig', { DomainName, AppName: 'a', ...OSS, RecordFormat: [{ Format: 'mp4' }] }));
    expect(await add('default')).toBe('Forbidden');
    expect(await codeOf(call('DescribeLiveRecordConfig', DOMAIN))).toBe('Forbidden');
    const notify = { NotifyUrl: receiver.url('x'), NotifyAuthKey: KEY };
    expect(await codeOf(call('AddLiveRecordNotifyConfig', { ...DOMAIN, ...notify }))).toBe('Forbidden');
    expect(await codeOf(call('DescribeLiveRecordNotifyConfig', DOMAIN))).toBe('Forbidden');
    expect(await add('mine.test')).toBe('none');
    expect(await codeOf(call('AddLiveRecordNotifyConfig', { DomainName: 'mine.test', ...notify }))).toBe('none');
    await until('it is in the audit log', async () => {
      const audit = await server.api<{ entries?: unknown[] }>('/audit?limit=5');
      return JSON.stringify(audit).includes('AddLiveRecordNotifyConfig');
    });
  });
});
