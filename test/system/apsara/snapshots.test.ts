import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apsaraSignature } from '../../../src/notify/index.ts';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../../support/index.ts';

const DOMAIN = { DomainName: 'default' };
const OSS = { OssBucket: 'recordings', OssEndpoint: 'oss-cn-shanghai.aliyuncs.com' };
const ONE = 'snap/{AppName}/{StreamName}.jpg';
const EACH = 'snap/{AppName}/{StreamName}/{UnixTimestamp}.jpg';
const KEY = 'aKeyOfCallbacks16';

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let key: Key;

beforeAll(async () => {
  home = await tempDir('apsara-snapshots');
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

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, app, client) => {
  const domain = { DomainName: `${app}.test` };
  const named = { ...domain, AppName: app };
  const list = async (call: ApsaraClient) => {
    const { LiveStreamSnapshotConfigList } = await call('DescribeLiveSnapshotConfig', domain);
    return (LiveStreamSnapshotConfigList as { LiveStreamSnapshotConfig: object[] }).LiveStreamSnapshotConfig;
  };
  const ruleOf = (name: string) => server.api<object>(`/stream-rules/${encodeURIComponent(`${app}.test~${name}~*`)}`);

  beforeAll(() => send('POST', '/domains', { name: domain.DomainName }));

  it('adds, changes and removes what pictures are taken of, and who hears', async () => {
    const call = client();
    const add = { ...named, ...OSS, TimeInterval: 5, OverwriteOssObject: ONE, Callback: 'http://a.test/' };
    await call('AddLiveAppSnapshotConfig', add);
    expect(await codeOf(call('AddLiveAppSnapshotConfig', add))).toBe('ConfigAlreadyExists');
    expect(await ruleOf(app)).toMatchObject({
      snapshot: { enabled: true, everySeconds: 5, storage: 'recordings', overwrite: ONE, sequence: '' },
    });
    expect(await list(call)).toEqual([{ ...add, OssEndpoint: 'folder', OverwriteOssObject: ONE }]);
    const update = { ...named, TimeInterval: 60, OverwriteOssObject: '-', SequenceOssObject: EACH, Callback: '-' };
    await call('UpdateLiveAppSnapshotConfig', update);
    expect(await list(call)).toEqual([
      { ...named, OssBucket: 'recordings', OssEndpoint: 'folder', TimeInterval: 60, SequenceOssObject: EACH },
    ]);
    expect(await codeOf(call('UpdateLiveAppSnapshotConfig', { ...named, SequenceOssObject: '-' }))).toBe(
      'MissingParameter',
    );
    await call('DeleteLiveAppSnapshotConfig', named);
    expect(await list(call)).toEqual([]);
    await expect(ruleOf(app)).rejects.toThrow('404');
    for (const action of ['UpdateLiveAppSnapshotConfig', 'DeleteLiveAppSnapshotConfig'])
      expect(await codeOf(call(action, named))).toBe('InvalidConfig.NotFound');
  });

  it('tells a whole domain’s pictures elsewhere than those of a configuration for all apps', async () => {
    const call = client();
    const notify = { ...domain, NotifyUrl: 'http://all.test/', NotifyAuthKey: KEY };
    await call('AddLiveSnapshotNotifyConfig', { ...notify, NotifyReqAuth: 'yes' });
    expect(await codeOf(call('AddLiveSnapshotNotifyConfig', notify))).toBe('ConfigAlreadyExists');
    const all = { ...domain, AppName: '*', ...OSS, TimeInterval: 5, SequenceOssObject: EACH };
    expect(
      await codeOf(call('SetSnapshotCallbackAuth', { ...domain, CallbackReqAuth: 'yes', CallbackAuthKey: KEY })),
    ).toBe('InvalidConfig.NotFound');
    await call('AddLiveAppSnapshotConfig', { ...all, Callback: 'http://config.test/' });
    await call('SetSnapshotCallbackAuth', { ...domain, CallbackReqAuth: 'yes', CallbackAuthKey: `${KEY}x` });
    const signed = { CallbackReqAuth: 'yes', CallbackAuthKey: `${KEY}x` };
    expect(await call('QuerySnapshotCallbackAuth', domain)).toMatchObject({ ...domain, ...signed });
    expect(await call('DescribeLiveSnapshotNotifyConfig', domain)).toMatchObject({ ...notify, NotifyReqAuth: 'yes' });
    expect(await list(call)).toMatchObject([{ AppName: '*', Callback: 'http://config.test/' }]);
    await call('DeleteSnapshotCallbackAuth', domain);
    expect(await call('QuerySnapshotCallbackAuth', domain)).toMatchObject({ CallbackReqAuth: 'no' });
    await call('UpdateLiveSnapshotNotifyConfig', { ...domain, NotifyAuthKey: KEY });
    expect(await call('DescribeLiveSnapshotNotifyConfig', domain)).toMatchObject({
      ...{ NotifyUrl: 'http://all.test/', NotifyReqAuth: 'no' },
    });
    await call('DeleteLiveSnapshotNotifyConfig', domain);
    expect(await codeOf(call('DeleteLiveSnapshotNotifyConfig', domain))).toBe('InvalidConfig.NotFound');
    expect(await call('DescribeLiveSnapshotNotifyConfig', domain)).toMatchObject(domain);
    expect(await list(call)).toMatchObject([{ AppName: '*', Callback: 'http://config.test/' }]);
    await call('DeleteLiveAppSnapshotConfig', { ...domain, AppName: '*' });
    const { callbacks } = await server.api<{ callbacks: { match: { domain: string } }[] }>('/callbacks');
    expect(callbacks.filter(({ match }) => match.domain === domain.DomainName)).toEqual([]);
  });

  it('shows what was set in the console', async () => {
    const call = client();
    const match = { domain: domain.DomainName, app: 'console', stream: '*' };
    await send('POST', '/stream-rules', { match, snapshot: { enabled: true, sprite: true } });
    expect(await list(call)).toMatchObject([
      { AppName: 'console', TimeInterval: 10, OverwriteOssObject: 'snapshot/{AppName}/{StreamName}.jpg' },
    ]);
    await call('DeleteLiveAppSnapshotConfig', { ...domain, AppName: 'console' });
    expect(await ruleOf('console')).toMatchObject({ snapshot: { sprite: true } });
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    const add = (more: object) =>
      codeOf(call('AddLiveAppSnapshotConfig', { ...named, ...OSS, TimeInterval: 5, SequenceOssObject: EACH, ...more }));
    expect(await add({ TimeInterval: '' })).toBe('MissingParameter');
    expect(await add({ SequenceOssObject: '' })).toBe('MissingParameter');
    expect(await add({ OssBucket: 'elsewhere' })).toBe('InvalidParameter');
    expect(await add({ TimeInterval: 4 })).toBe('InvalidParameter');
    expect(await add({ SequenceOssObject: 'a.jpg' })).toBe('InvalidParameter');
    expect(await add({ Callback: 'nowhere' })).toBe('InvalidParameter');
    expect(await add({ DomainName: 'nowhere.test' })).toBe('InvalidDomain.NotFound');
    const stream = { ...named, StreamName: 's' };
    const span = { StartTime: '2026-01-01T00:00:00Z', EndTime: '2026-01-03T00:00:00Z' };
    expect(await codeOf(call('DescribeLiveStreamSnapshotInfo', { ...stream, ...span }))).toBe('InvalidParameter');
    expect(await codeOf(call('DescribeLiveStreamSnapshotInfo', stream))).toBe('MissingParameter');
    const files = { ...stream, CreateTimestampList: ['1'] };
    expect(await codeOf(call('DeleteSnapshotFiles', files))).toBe('MissingParameter');
    expect(await codeOf(call('DeleteSnapshotFiles', { ...files, RemoveFile: 'false' }))).toBe('InvalidParameter');
  });
});

it('pictures of a stream are in the storage, told of and listed, and go again', async () => {
  const call = openApiClient(server, key);
  const stream = { ...DOMAIN, AppName: 'live', StreamName: 'seen' };
  const auth = { NotifyReqAuth: 'yes', NotifyAuthKey: KEY };
  await call('AddLiveSnapshotNotifyConfig', { ...DOMAIN, NotifyUrl: receiver.url('pictures'), ...auth });
  await call('AddLiveAppSnapshotConfig', {
    ...{ ...DOMAIN, AppName: 'live', ...OSS, TimeInterval: 5, OverwriteOssObject: ONE, SequenceOssObject: EACH },
  });
  const span = {
    StartTime: new Date(Date.now() - 60_000).toISOString(),
    EndTime: new Date(Date.now() + 600_000).toISOString(),
  };
  const publisher = await publishTestPicture(server, 'live/seen', { gop: 30 });
  type Infos = { OssObject: string; CreateTimestamp: number; IsOverlay: boolean }[];
  const infos = async (more: object = {}) => {
    const answer = await call('DescribeLiveStreamSnapshotInfo', { ...stream, ...span, ...more });
    const { LiveStreamSnapshotInfo } = answer.LiveStreamSnapshotInfoList as { LiveStreamSnapshotInfo: Infos };
    return { all: LiveStreamSnapshotInfo, next: answer.NextStartTime };
  };
  const kept = ({ IsOverlay }: Infos[number]) => !IsOverlay;
  const { all } = await until('two pictures are kept', async () => {
    const found = await infos();
    return found.all.filter(kept).length >= 2 ? found : undefined;
  });
  await publisher.stop('SIGINT');
  const [first, second] = all.filter(kept);
  expect((second?.CreateTimestamp ?? 0) - (first?.CreateTimestamp ?? 0)).toBeGreaterThanOrEqual(4000);
  expect(first).toMatchObject({ OssBucket: 'recordings', OssEndpoint: 'folder' });
  const jpeg = await readFile(join(home.path, first?.OssObject ?? ''));
  expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
  expect(await readFile(join(home.path, 'snap/live/seen.jpg'))).toBeDefined();
  const told = await until('the picture is told of', () =>
    receiver.told('pictures').find(({ body }) => JSON.parse(body).OssObject === first?.OssObject),
  );
  const sentAtMs = Number(told.headers['ali-live-timestamp']) * 1000;
  expect(told.headers['ali-live-signature']).toBe(apsaraSignature('127.0.0.1', KEY, sentAtMs)['ALI-LIVE-SIGNATURE']);
  const page = await infos({ Limit: 1 });
  expect(page.all).toEqual([first]);
  expect((await infos({ StartTime: page.next, Limit: 1 })).all).toEqual([second]);
  // As the callback has it, to the millisecond.
  const CreateTimestampList = [JSON.parse(told.body).CreateTimestamp, 1];
  expect(await call('DeleteSnapshotFiles', { ...stream, CreateTimestampList, RemoveFile: true })).toMatchObject({
    ...{ SuccessCount: 1, FailureCount: 1 },
    SnapshotDeleteInfoList: { SnapshotDeleteInfo: [{ Message: 'OK' }, { CreateTimestamp: 1, Message: 'NotFound' }] },
  });
  await expect(access(join(home.path, first?.OssObject ?? ''))).rejects.toThrow('ENOENT');
  expect((await infos()).all.filter(kept)[0]).toEqual(second);
});

it('whoever manages another domain may neither read nor change these', async () => {
  const grants = [{ role: 'domain-manager', resources: ['domain/pop.test'] }];
  const call = popClient(server, await newKey(server, grants));
  const add = (DomainName: string) =>
    codeOf(
      call('AddLiveAppSnapshotConfig', { DomainName, AppName: 'x', ...OSS, TimeInterval: 5, OverwriteOssObject: ONE }),
    );
  expect(await add('default')).toBe('Forbidden');
  expect(await add('pop.test')).toBe('none');
  for (const action of ['DescribeLiveSnapshotConfig', 'DescribeLiveSnapshotNotifyConfig', 'QuerySnapshotCallbackAuth'])
    expect(await codeOf(call(action, DOMAIN))).toBe('Forbidden');
  const files = { ...DOMAIN, AppName: 'live', StreamName: 'seen', CreateTimestampList: ['1'], RemoveFile: true };
  expect(await codeOf(call('DeleteSnapshotFiles', files))).toBe('Forbidden');
});
