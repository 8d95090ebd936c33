import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { solidPng } from '../../../src/transcode/test-png.ts';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../../support/index.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

const PLACE = { OffsetCorner: 'TopRight', XOffset: 60, YOffset: 30.5, Height: 120, RefWidth: 1920, RefHeight: 1080 };

let server: Headwater;
let key: Key;
let images: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  images = await tempDir('apsara-watermarks');
  await writeFile(join(images.path, 'logo.png'), solidPng(40, 20, [255, 0, 0, 255]));
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    env: { HEADWATER_WATERMARKS_DIR: images.path },
  });
  key = await newKey(server);
});

afterAll(async () => {
  await server?.stop();
  await images?.remove();
});

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const added = (Name: string) => ({
  ...{ Name, PictureUrl: 'https://pictures.test/a/logo.png', Type: 0, Transparency: 255, ...PLACE },
});

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, name, client) => {
  it('adds, changes and removes watermarks and their rules', async () => {
    const call = client();
    const { TemplateId } = await call('AddLiveStreamWatermark', {
      ...added(name),
      Description: 'ours',
      Domain: 'default',
    });
    expect(await server.api(`/watermarks/${name}`)).toMatchObject({
      ...{ name, image: 'logo.png', corner: 'TopRight', xOffset: 60, yOffset: 30.5, height: 120, transparency: 255 },
    });
    const streams = { Domain: 'default', App: name, Stream: '*' };
    const rule = { ...streams, Name: 'any', TemplateId };
    const { RuleId } = await call('AddLiveStreamWatermarkRule', rule);
    expect(await codeOf(call('AddLiveStreamWatermarkRule', rule))).toBe('ConfigAlreadyExists');
    expect(await server.api(`/stream-rules/${encodeURIComponent(String(RuleId))}`)).toMatchObject({
      transcode: { watermarks: [name] },
    });
    expect(await call('DescribeLiveStreamWatermarks', { KeyWord: name })).toMatchObject({
      Total: 1,
      WatermarkList: {
        Watermark: [{ ...PLACE, TemplateId, PictureUrl: 'logo.png', RuleCount: 1, Description: 'ours' }],
      },
    });
    const rules = async () => (await call('DescribeLiveStreamWatermarkRules', { Domain: 'default' })).RuleInfoList;
    expect(await rules()).toEqual({ RuleInfo: [{ ...streams, Name: name, TemplateId, RuleId }] });
    expect(await codeOf(call('DeleteLiveStreamWatermark', { TemplateId }))).toBe('OperationDenied');
    await call('UpdateLiveStreamWatermark', { TemplateId, Height: 240, OffsetCorner: 'BottomLeft' });
    expect(await server.api(`/watermarks/${name}`)).toMatchObject({ height: 240, corner: 'BottomLeft', xOffset: 60 });
    await call('AddLiveStreamWatermark', added(`${name}-2`));
    await call('UpdateLiveStreamWatermarkRule', { RuleId, TemplateId: `${name}-2` });
    expect(await rules()).toMatchObject({ RuleInfo: [{ TemplateId: `${name}-2` }] });
    await call('DeleteLiveStreamWatermarkRule', { Domain: 'default', RuleId });
    expect(await rules()).toEqual({ RuleInfo: [] });
    expect(await codeOf(call('DeleteLiveStreamWatermarkRule', streams))).toBe('InvalidRule.NotFound');
    for (const each of [name, `${name}-2`]) await call('DeleteLiveStreamWatermark', { TemplateId: each });
    expect(await codeOf(call('DeleteLiveStreamWatermark', { TemplateId }))).toBe('InvalidTemplate.NotFound');
  });

  it('says what is missing or wrong', async () => {
    const call = client();
    const add = (more: object) => codeOf(call('AddLiveStreamWatermark', { ...added(`${name}-x`), ...more }));
    expect(await add({ Height: '' })).toBe('MissingParameter');
    expect(await add({ Type: 1 })).toBe('InvalidParameter');
    expect(await add({ Transparency: 256 })).toBe('InvalidParameter');
    expect(await add({ PictureUrl: 'http://a.test/%E0%A4%A' })).toBe('InvalidParameter');
    expect(await add({ PictureUrl: 'http://a.test/none.png' })).toBe('InvalidParameter');
    expect(await add({ Name: 'no name' })).toBe('InvalidParameter');
    expect(await add({ Domain: 'nowhere.test' })).toBe('InvalidDomain.NotFound');
    const rule = { Domain: 'default', App: 'a', Stream: '*', Name: 'n', TemplateId: 'none' };
    expect(await codeOf(call('AddLiveStreamWatermarkRule', rule))).toBe('InvalidTemplate.NotFound');
    expect(await codeOf(call('DeleteLiveStreamWatermarkRule', { Domain: 'default' }))).toBe('MissingParameter');
  });
});

it('is drawn on the rendition of a stream, which is counted', async () => {
  const call = openApiClient(server, key);
  await call('AddLiveStreamWatermark', added('drawn'));
  await call('AddLiveStreamWatermarkRule', {
    Domain: 'default',
    App: 'live',
    Stream: 'one',
    Name: 'n',
    TemplateId: 'drawn',
  });
  const tiny = { Template: 'tiny', TemplateType: 'h264', Height: 120, Lazy: 'no' };
  await call('AddCustomLiveStreamTranscode', { Domain: 'default', App: 'live', ...tiny });
  const publisher = await publishTestPicture(server, 'live/one', { gop: 30 });
  const counted = await until('the rendition is counted', async () => {
    const answer = await call('DescribeLiveStreamTranscodeStreamNum', { DomainName: 'default', SplitType: 'template' });
    return answer.TranscodedNumber === 1 ? answer : undefined;
  });
  expect(counted).toMatchObject({
    ...{ Total: 1, LazyTranscodedNumber: 0, UntranscodeNumber: 0 },
    TranscodeStreamCountDetails: [{ Template: 'tiny', Count: 1 }],
  });
  expect(await server.api('/streams/default/live/one')).toMatchObject({
    transcoding: { renditions: [{ template: 'tiny', watermarks: [{ name: 'drawn' }] }] },
  });
  await publisher.stop('SIGINT');
});

it('whoever manages another domain may neither read nor change these', async () => {
  await send('POST', '/domains', { name: 'mine.test' });
  const call = popClient(server, await newKey(server, [{ role: 'domain-manager', resources: ['domain/mine.test'] }]));
  const rule = (Domain: string) =>
    codeOf(call('AddLiveStreamWatermarkRule', { Domain, App: 'a', Stream: '*', Name: 'n', TemplateId: 'drawn' }));
  expect(await rule('default')).toBe('Forbidden');
  expect(await rule('mine.test')).toBe('none');
  expect(await codeOf(call('DescribeLiveStreamTranscodeStreamNum', { DomainName: 'default' }))).toBe('Forbidden');
  // Watermarks are everybody's.
  expect(await codeOf(call('AddLiveStreamWatermark', added('foreign')))).toBe('Forbidden');
});
