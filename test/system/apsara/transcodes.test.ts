import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { type Headwater, publishTestPicture, runToEnd, startHeadwater, until } from '../../support/index.ts';
import { mediaPlaylistOf } from '../../support/media-playlist.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

let server: Headwater;
let key: Key;

beforeAll(async () => {
  server = await startHeadwater({ rules: { domains: [OPEN_DOMAIN] } });
  key = await newKey(server);
});

afterAll(() => server?.stop());

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const ruleOf = (app: string) =>
  server.api<Record<string, object>>(`/stream-rules/${encodeURIComponent(`default~${app}~*`)}`);
const templateOf = (name: string) => server.api<object>(`/templates/${name}`);

type Info = Record<string, unknown>;

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, app, client) => {
  const of = { Domain: 'default', App: app };
  const infos = async (call: ApsaraClient) => {
    const { DomainTranscodeList } = await call('DescribeLiveStreamTranscodeInfo', {
      DomainTranscodeName: 'default',
      AppName: app,
    });
    return (DomainTranscodeList as { DomainTranscodeInfo: Info[] }).DomainTranscodeInfo;
  };

  it('adds and removes standard templates, each lazy or not, encrypted or not', async () => {
    const call = client();
    await call('AddLiveStreamTranscode', { ...of, Template: 'lld' });
    await call('AddLiveStreamTranscode', { ...of, Template: 'lsd', Lazy: 'no' });
    expect(await codeOf(call('AddLiveStreamTranscode', { ...of, Template: 'lsd' }))).toBe('ConfigAlreadyExists');
    expect(await ruleOf(app)).toMatchObject({ transcode: { templates: ['lld', 'lsd'], lazy: true, eager: ['lsd'] } });
    const about = { TranscodeName: 'default', TranscodeApp: app };
    expect(await infos(call)).toEqual([
      { ...about, TranscodeTemplate: 'lld', IsLazy: true },
      { ...about, TranscodeTemplate: 'lsd', IsLazy: false },
    ]);
    const EncryptParameters = JSON.stringify({ EncryptType: 'aliyun', KmsKeyID: 'k', KmsKeyExpireInterval: '3600' });
    await call('UpdateLiveStreamTranscode', { ...of, Template: 'lsd', Lazy: 'yes', EncryptParameters });
    expect(await infos(call)).toMatchObject([
      { TranscodeTemplate: 'lld', IsLazy: true },
      {
        ...{ TranscodeTemplate: 'lsd', IsLazy: true },
        EncryptParameters: { EncryptType: 'aes-128', KmsKeyExpireInterval: '3600' },
      },
    ]);
    await call('DeleteLiveStreamTranscode', { ...of, Template: 'lsd' });
    await call('DeleteLiveStreamTranscode', { ...of, Template: 'lld' });
    expect(await infos(call)).toEqual([]);
    // Whoever wants streams encrypted is not made to find out that they no longer are.
    expect(await ruleOf(app)).toMatchObject({ encryption: { method: 'aes-128', rotateSeconds: 3600 } });
    for (const action of ['DeleteLiveStreamTranscode', 'UpdateLiveStreamTranscode'])
      expect(await codeOf(call(action, { ...of, Template: 'lld' }))).toBe('InvalidTemplate.NotFound');
  });

  it('adds, changes and removes templates with figures of their own', async () => {
    const call = client();
    const Template = `${app}-own`;
    const figures = {
      Height: 360,
      Width: 640,
      VideoBitrate: 500,
      FPS: 20,
      Gop: '40',
      AudioBitrate: 48,
      AudioRate: 44_100,
    };
    const custom = { ...of, Template, TemplateType: 'h264', ...figures };
    await call('AddCustomLiveStreamTranscode', { ...custom, AudioCodec: 'AAC', Profile: 2, Lazy: 'no' });
    expect(await templateOf(Template)).toMatchObject({
      video: { codec: 'h264', shortSide: 360, bitrateKbps: 500, fps: 20, gopSeconds: 2 },
      audio: { codec: 'aac', bitrateKbps: 48, sampleRate: 44_100 },
      latency: 'low',
    });
    const shown = { Height: 360, VideoBitrate: 500, FPS: 20, Gop: '2s', AudioBitrate: 48, AudioRate: 44_100 };
    expect(await infos(call)).toMatchObject([
      { TranscodeTemplate: Template, IsLazy: false, CustomTranscodeParameters: { TemplateType: 'h264', ...shown } },
    ]);
    expect(await codeOf(call('AddCustomLiveStreamTranscode', { ...custom, AudioCodec: 'AAC' }))).toBe(
      'ConfigAlreadyExists',
    );
    // The same figures are the same template, others are not.
    const other = { ...custom, App: `${app}-other` };
    expect(await codeOf(call('AddCustomLiveStreamTranscode', { ...other, FPS: 10 }))).toBe('ConfigAlreadyExists');
    await call('AddCustomLiveStreamTranscode', other);
    await call('UpdateCustomLiveStreamTranscode', {
      ...{ ...of, Template, TemplateType: 'h265-nbhd', Gop: '3s' },
      ResWithSource: '{"Type":"short","Value":"480"}',
      BitrateWithSource: '{"UpLimit":900,"LowerLimit":300,"Factor":0.5}',
    });
    expect(await templateOf(Template)).toMatchObject({
      video: { codec: 'h265', shortSide: 480, bitrateKbps: 900, bitratePercent: 50, fps: 20, gopSeconds: 3 },
      latency: 'quality',
    });
    expect(await infos(call)).toMatchObject([
      {
        IsLazy: false,
        CustomTranscodeParameters: { TemplateType: 'h265-nbhd', BitrateWithSource: { UpLimit: 900, Factor: 0.5 } },
      },
    ]);
    await call('DeleteLiveStreamTranscode', { ...of, Template });
    expect(await templateOf(Template)).toBeDefined();
    await call('DeleteLiveStreamTranscode', { ...other, Template });
    await expect(templateOf(Template)).rejects.toThrow('404');
  });

  it('shows what was set in the console, and keeps what begins with the publish', async () => {
    const call = client();
    const match = { domain: 'default', app: `${app}-console`, stream: '*' };
    await send('POST', '/stream-rules', { match, transcode: { templates: ['lld'], lazy: false } });
    const asked = { DomainTranscodeName: 'default', AppName: match.app };
    expect(await call('DescribeLiveStreamTranscodeInfo', asked)).toMatchObject({
      DomainTranscodeList: { DomainTranscodeInfo: [{ TranscodeTemplate: 'lld', IsLazy: false }] },
    });
    await call('AddLiveStreamTranscode', { Domain: 'default', App: match.app, Template: 'lsd', Lazy: 'yes' });
    expect(await call('DescribeLiveStreamTranscodeInfo', asked)).toMatchObject({
      DomainTranscodeList: {
        DomainTranscodeInfo: [
          { TranscodeTemplate: 'lld', IsLazy: false },
          { TranscodeTemplate: 'lsd', IsLazy: true },
        ],
      },
    });
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    const add = (more: object) => codeOf(call('AddLiveStreamTranscode', { ...of, Template: 'lld', ...more }));
    expect(await add({ Template: '' })).toBe('MissingParameter');
    expect(await add({ Lazy: 'maybe' })).toBe('InvalidParameter');
    expect(await add({ Template: 'no-such' })).toBe('InvalidParameter');
    expect(await add({ EncryptParameters: 'plain' })).toBe('InvalidParameter');
    expect(await add({ Domain: 'nowhere.test' })).toBe('InvalidDomain.NotFound');
    const custom = (more: object) =>
      codeOf(call('AddCustomLiveStreamTranscode', { ...of, Template: `${app}-x`, TemplateType: 'h264', ...more }));
    expect(await custom({ TemplateType: '' })).toBe('MissingParameter');
    expect(await custom({ TemplateType: 'vp9' })).toBe('InvalidParameter');
    expect(await custom({ Template: 'lsd' })).toBe('InvalidParameter');
    expect(await custom({ Template: 'a_b' })).toBe('InvalidParameter');
    expect(await custom({ FPS: 120 })).toBe('InvalidParameter');
    expect(await custom({ Gop: '1' })).toBe('InvalidParameter');
    expect(await custom({ AudioCodec: 'MP3' })).toBe('InvalidParameter');
    expect(await custom({ AudioRate: 32_000 })).toBe('InvalidParameter');
    expect(await custom({ DeInterlaced: 'true' })).toBe('InvalidParameter');
    // Nothing of what was refused is left.
    await expect(templateOf(`${app}-x`)).rejects.toThrow('404');
  });
});

it('what programs add at the same time is all there', async () => {
  const call = openApiClient(server, key);
  const add = (Template: string, Lazy: string) =>
    call('AddLiveStreamTranscode', { Domain: 'default', App: 'crowd', Template, Lazy });
  await Promise.all([add('lld', 'no'), add('lsd', 'no'), add('lhd', 'yes')]);
  const { templates, eager } = (await ruleOf('crowd')).transcode as unknown as Record<string, string[]>;
  expect(templates?.toSorted()).toEqual(['lhd', 'lld', 'lsd']);
  expect(eager?.toSorted()).toEqual(['lld', 'lsd']);
});

it('a rendition of these actions plays, in its size, and its HLS is encrypted', async () => {
  const call = openApiClient(server, key);
  const of = { Domain: 'default', App: 'live', Template: 'tiny' };
  const EncryptParameters = JSON.stringify({ EncryptType: 'aliyun', KmsKeyExpireInterval: 60 });
  await call('AddCustomLiveStreamTranscode', {
    ...{ ...of, TemplateType: 'h264', Height: 120, VideoBitrate: 100, Gop: '1s', Lazy: 'no', EncryptParameters },
  });
  const publisher = await publishTestPicture(server, 'live/shown', { gop: 30 });
  const url = `${server.playback}/live/shown_tiny.flv`;
  const probe = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=codec_name,height', '-of', 'csv=p=0'];
  const seen = await until('the rendition plays', () =>
    runToEnd('ffprobe', [...probe, url], 20_000).then(
      (text) => text.trim() || undefined,
      () => undefined,
    ),
  );
  expect(seen).toBe('h264,120');
  const playlist = await until('its HLS', async () => {
    const text = await mediaPlaylistOf(`${server.playback}/live/shown_tiny.m3u8`);
    return text.includes('#EXTINF') ? text : undefined;
  });
  expect(playlist).toContain('#EXT-X-KEY:METHOD=AES-128');
  await publisher.stop('SIGINT');
});

it('whoever manages another domain may neither read nor change these', async () => {
  await send('POST', '/domains', { name: 'mine.test' });
  const call = popClient(server, await newKey(server, [{ role: 'domain-manager', resources: ['domain/mine.test'] }]));
  const add = (Domain: string) => codeOf(call('AddLiveStreamTranscode', { Domain, App: 'a', Template: 'lld' }));
  expect(await add('default')).toBe('Forbidden');
  expect(await codeOf(call('DescribeLiveStreamTranscodeInfo', { DomainTranscodeName: 'default' }))).toBe('Forbidden');
  expect(await add('mine.test')).toBe('none');
  // Templates are everybody's.
  const own = { Domain: 'mine.test', App: 'a', Template: 'mine', TemplateType: 'h264' };
  expect(await codeOf(call('AddCustomLiveStreamTranscode', own))).toBe('Forbidden');
  expect(await codeOf(call('DeleteLiveStreamTranscode', { Domain: 'mine.test', App: 'a', Template: 'lld' }))).toBe(
    'none',
  );
});
