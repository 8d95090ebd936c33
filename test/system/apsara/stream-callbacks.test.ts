import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apsaraSignature } from '../../../src/notify/index.ts';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../../support/index.ts';

const KEY = 'aKeyOfCallbacksWithMoreThan32LettersIndeed';

let receiver: CallbackReceiver;
let server: Headwater;
let key: Key;

beforeAll(async () => {
  receiver = await CallbackReceiver.start();
  server = await startHeadwater();
  key = await newKey(server);
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
});

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const callbacks = async (domain: string) =>
  (await server.api<{ callbacks: { match: { domain: string } }[] }>('/callbacks')).callbacks.filter(
    ({ match }) => match.domain === domain,
  );

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, name, client) => {
  const play = `${name}.play.test`;
  const push = { DomainName: `${name}.push.test` };

  beforeAll(() => send('POST', '/domains', { name: play, ingest: [push.DomainName] }));

  it('sets, changes and ends the callbacks of an ingest domain', async () => {
    const call = client();
    const set = (more: object) => call('SetLiveStreamsNotifyUrlConfig', { ...push, NotifyAuthKey: KEY, ...more });
    const shown = async (DomainName = push.DomainName) =>
      (await call('DescribeLiveStreamsNotifyUrlConfig', { DomainName })).LiveStreamsNotifyConfig;
    expect(await shown()).toEqual(push);
    await set({ NotifyUrl: 'http://a.test/hook', ExceptionNotifyUrl: 'http://a.test/trouble', NotifyReqAuth: 'yes' });
    const signed = { NotifyReqAuth: 'yes', NotifyAuthKey: KEY };
    const urls = { NotifyUrl: 'http://a.test/hook', ExceptionNotifyUrl: 'http://a.test/trouble' };
    expect(await shown()).toEqual({ ...push, ...urls, ...signed });
    expect(await shown(play)).toEqual({ DomainName: play, ...urls, ...signed });
    expect(await callbacks(play)).toMatchObject([
      { url: 'http://a.test/trouble', form: 'json', key: KEY },
      { url: 'http://a.test/hook', form: 'apsara', key: KEY, events: ['publish', 'publish_done'] },
    ]);
    await set({ NotifyUrl: 'http://b.test/hook' });
    expect(await shown()).toEqual({ ...push, NotifyUrl: 'http://b.test/hook', NotifyReqAuth: 'no' });
    expect(await callbacks(play)).toHaveLength(1);
    await call('DeleteLiveStreamsNotifyUrlConfig', push);
    expect(await callbacks(play)).toEqual([]);
  });

  it('knows what was set in the console, and takes only its own from it', async () => {
    const call = client();
    const mixed = { events: ['publish', 'publish_done', 'snapshot'], form: 'apsara' };
    const mine = { id: `${name}-mine`, url: 'http://mine.test/', match: { domain: play, app: '*', stream: '*' } };
    await send('POST', '/callbacks', { ...mine, ...mixed });
    expect(await call('DescribeLiveStreamsNotifyUrlConfig', push)).toMatchObject({
      LiveStreamsNotifyConfig: { NotifyUrl: 'http://mine.test/', NotifyReqAuth: 'no' },
    });
    await call('SetLiveStreamsNotifyUrlConfig', { ...push, NotifyUrl: 'http://c.test/', NotifyAuthKey: KEY });
    expect(await callbacks(play)).toMatchObject([
      { ...mine, events: ['snapshot'] },
      { url: 'http://c.test/', events: ['publish', 'publish_done'] },
    ]);
    await call('DeleteLiveStreamsNotifyUrlConfig', push);
    expect(await callbacks(play)).toMatchObject([{ ...mine, events: ['snapshot'] }]);
    expect((await call('DescribeLiveStreamsNotifyUrlConfig', push)).LiveStreamsNotifyConfig).toEqual(push);
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    const set = (more: object) =>
      codeOf(
        call('SetLiveStreamsNotifyUrlConfig', { ...push, NotifyAuthKey: KEY, NotifyUrl: 'http://a.test/', ...more }),
      );
    expect(await set({ NotifyUrl: '' })).toBe('MissingParameter');
    expect(await set({ NotifyAuthKey: '' })).toBe('MissingParameter');
    expect(await set({ NotifyReqAuth: 'yes', NotifyAuthKey: 'short' })).toBe('InvalidParameter');
    expect(await set({ NotifyReqAuth: 'maybe' })).toBe('InvalidParameter');
    expect(await set({ NotifyUrl: 'ftp://a.test/' })).toBe('InvalidParameter');
    expect(await set({ SwitchNotifyUrl: 'http://a.test/' })).toBe('InvalidParameter');
    expect(await set({ DomainName: 'nowhere.test' })).toBe('InvalidDomain.NotFound');
    expect(await codeOf(call('DescribeLiveStreamsNotifyUrlConfig', {}))).toBe('MissingParameter');
  });
});

it('a publish is told of, signed with the ingest domain, and is in the records', async () => {
  const call = openApiClient(server, key);
  const domain = { DomainName: 'default' };
  await call('SetLiveStreamsNotifyUrlConfig', {
    ...{ ...domain, NotifyUrl: receiver.url('streams'), NotifyReqAuth: 'yes', NotifyAuthKey: KEY },
  });
  const StartTime = new Date(Date.now() - 1000).toISOString();
  const publisher = await publishTestPicture(server, 'live/told');
  const told = await until('publish is told of', () => receiver.told('streams')[0]);
  expect(Object.fromEntries(told.query)).toMatchObject({ action: 'publish', id: 'told', appname: 'live' });
  const sentAtMs = Number(told.headers['ali-live-timestamp']) * 1000;
  const signature = apsaraSignature(told.query.get('app') ?? '', KEY, sentAtMs);
  expect(told.headers['ali-live-signature']).toBe(signature['ALI-LIVE-SIGNATURE']);
  receiver.answer = () => 500;
  await publisher.stop('SIGINT');
  const asked = { ...domain, StartTime, EndTime: new Date(Date.now() + 60_000).toISOString() };
  const records = (Status?: string) =>
    call('DescribeLiveStreamsNotifyRecords', {
      ...asked,
      AppName: 'live',
      StreamName: 'told',
      ...(Status && { Status }),
    });
  await until('the end was tried', async () => (await records('failed')).TotalNum === 1);
  expect(await records()).toMatchObject({ PageNum: 1, PageSize: 20, TotalNum: 2, TotalPage: 1 });
  expect(await records('failed')).toMatchObject({
    NotifyRecordsInfo: {
      LiveStreamNotifyRecordsInfo: [{ NotifyType: 'publish_done', NotifyResult: 'failed', NotifyResponse: '500' }],
    },
  });
  const { NotifyRecordsInfo } = await records('success');
  const [sent] = (NotifyRecordsInfo as { LiveStreamNotifyRecordsInfo: Record<string, string>[] })
    .LiveStreamNotifyRecordsInfo;
  expect(sent).toMatchObject({
    NotifyType: 'publish',
    NotifyResponse: '200',
    StreamName: 'told',
    Description: 'success',
  });
  expect(sent?.NotifyContent).toContain('action=publish&');
  expect(await codeOf(call('DescribeLiveStreamsNotifyRecords', { ...asked, EndTime: asked.StartTime }))).toBe(
    'InvalidParameter',
  );
});

it('whoever may not see keys sees that callbacks are signed, and not by what', async () => {
  const call = popClient(server, await newKey(server, [{ role: 'monitor', resources: ['*'] }]));
  const { LiveStreamsNotifyConfig } = await call('DescribeLiveStreamsNotifyUrlConfig', { DomainName: 'default' });
  expect(LiveStreamsNotifyConfig).toEqual({
    ...{ DomainName: 'default', NotifyUrl: receiver.url('streams'), NotifyReqAuth: 'yes' },
  });
});

it('whoever manages another domain may neither read nor change these', async () => {
  const grants = [{ role: 'domain-manager', resources: ['domain/pop.play.test'] }];
  const call = popClient(server, await newKey(server, grants));
  const set = { NotifyUrl: 'http://a.test/', NotifyAuthKey: KEY };
  expect(await codeOf(call('SetLiveStreamsNotifyUrlConfig', { DomainName: 'default', ...set }))).toBe('Forbidden');
  expect(await codeOf(call('DescribeLiveStreamsNotifyUrlConfig', { DomainName: 'default' }))).toBe('Forbidden');
  expect(await codeOf(call('SetLiveStreamsNotifyUrlConfig', { DomainName: 'pop.push.test', ...set }))).toBe('none');
});
