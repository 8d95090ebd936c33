import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../../support/index.ts';
import { mediaPlaylistOf } from '../../support/media-playlist.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

const DOMAIN = { DomainName: 'default' };

let server: Headwater;
let key: Key;

beforeAll(async () => {
  server = await startHeadwater({ rules: { domains: [OPEN_DOMAIN] } });
  key = await newKey(server);
});

afterAll(() => server?.stop());

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, app, client) => {
  const named = { ...DOMAIN, AppName: app };
  const list = async (call: ApsaraClient) => {
    const { Config } = (await call('DescribeLiveShiftConfigs', DOMAIN)).Content as { Config: { AppName: string }[] };
    return Config.filter(({ AppName }) => AppName === app);
  };

  it('opens, changes and closes, and shows what was set in the console', async () => {
    const call = client();
    await call('OpenLiveShift', { ...named, StreamName: 'one', Vision: 3, Duration: 5, IgnoreTranscode: false });
    await call('OpenLiveShift', named);
    const id = (stream: string) => encodeURIComponent(`default~${app}~${stream}`);
    expect(await server.api(`/stream-rules/${id('one')}`)).toMatchObject({
      timeShift: { enabled: true, days: 3, renditions: true },
    });
    expect(await list(call)).toEqual([
      { ...named, StreamName: '*', Vision: 7, IgnoreTranscode: true },
      { ...named, StreamName: 'one', Vision: 3, IgnoreTranscode: false },
    ]);
    await call('OpenLiveShift', { ...named, StreamName: 'one', Vision: 30 });
    expect(await list(call)).toMatchObject([{}, { Vision: 30, IgnoreTranscode: true }]);
    await call('CloseLiveShift', { ...named, StreamName: 'one' });
    await call('CloseLiveShift', named);
    expect(await codeOf(call('CloseLiveShift', named))).toBe('InvalidConfig.NotFound');
    const match = { domain: 'default', app, stream: 'set' };
    await send('POST', '/stream-rules', { match, timeShift: { enabled: true, nearSeconds: 60 } });
    expect(await list(call)).toMatchObject([{ StreamName: 'set', Vision: 7 }]);
    await call('CloseLiveShift', { ...named, StreamName: 'set' });
    expect(await server.api(`/stream-rules/${id('set')}`)).toMatchObject({ timeShift: { nearSeconds: 60 } });
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    expect(await codeOf(call('OpenLiveShift', {}))).toBe('MissingParameter');
    expect(await codeOf(call('OpenLiveShift', { ...named, Vision: 31 }))).toBe('InvalidParameter');
    expect(await codeOf(call('OpenLiveShift', { ...named, IgnoreTranscode: 'no' }))).toBe('InvalidParameter');
    expect(await codeOf(call('OpenLiveShift', { ...named, DomainName: 'nowhere.test' }))).toBe(
      'InvalidDomain.NotFound',
    );
  });
});

it('a viewer goes back in a stream of these actions', async () => {
  const call = openApiClient(server, key);
  await call('OpenLiveShift', { ...DOMAIN, AppName: 'live', StreamName: 'back', Vision: 1 });
  const publisher = await publishTestPicture(server, 'live/back', { gop: 30 });
  const startS = Math.floor(Date.now() / 1000);
  const playlist = await until('the past can be played', async () => {
    const range = `lhs_start_unix_s_0=${startS}&lhs_vodend_unix_s_0=${startS + 4}`;
    const text = await mediaPlaylistOf(`${server.playback}/live/back.m3u8?aliyunols=on&${range}`);
    return text.includes('#EXT-X-ENDLIST') ? text : undefined;
  });
  expect(playlist.match(/#EXTINF/g)?.length).toBeGreaterThanOrEqual(1);
  await publisher.stop('SIGINT');
});

it('whoever manages another domain may neither read nor change these', async () => {
  await send('POST', '/domains', { name: 'mine.test' });
  const call = popClient(server, await newKey(server, [{ role: 'domain-manager', resources: ['domain/mine.test'] }]));
  expect(await codeOf(call('OpenLiveShift', DOMAIN))).toBe('Forbidden');
  expect(await codeOf(call('DescribeLiveShiftConfigs', DOMAIN))).toBe('Forbidden');
  expect(await codeOf(call('OpenLiveShift', { DomainName: 'mine.test' }))).toBe('none');
});
