import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { type Headwater, startHeadwater } from '../../support/index.ts';

const STREAM = { DomainName: 'default', AppName: 'live', StreamName: 'one', LiveStreamType: 'publisher' };

let server: Headwater;
let key: Key;

beforeAll(async () => {
  server = await startHeadwater();
  key = await newKey(server);
});

afterAll(() => server?.stop());

describe.each<[string, () => ApsaraClient]>([
  ['pop-core by POST', () => popClient(server, key)],
  ['pop-core by GET', () => popClient(server, key, 'GET')],
  ['openapi-client', () => openApiClient(server, key)],
])('%s', (_, client) => {
  it('forbids a stream, finds it in the list, and resumes it', async () => {
    const call = client();
    await call('ForbidLiveStream', STREAM);
    expect(await call('DescribeLiveStreamsBlockList', { DomainName: 'default' })).toMatchObject({
      ...{ DomainName: 'default', PageNum: 1, TotalNum: 1, TotalPage: 1 },
      StreamUrls: { StreamUrl: ['rtmp://default/live/one'] },
    });
    await call('ResumeLiveStream', STREAM);
    expect(await call('DescribeLiveStreamsBlockList', { DomainName: 'default' })).toMatchObject({ TotalNum: 0 });
  });

  it('is told what is missing, wrong or unknown', async () => {
    const call = client();
    const { AppName: _, ...nameless } = STREAM;
    expect(await codeOf(call('ForbidLiveStream', nameless))).toBe('MissingParameter');
    expect(await codeOf(call('ForbidLiveStream', { ...STREAM, LiveStreamType: 'player' }))).toBe('InvalidParameter');
    expect(await codeOf(call('ForbidLiveStream', { ...STREAM, ResumeTime: 'tomorrow' }))).toBe('InvalidParameter');
    expect(await codeOf(call('FlyToTheMoon'))).toBe('UnsupportedOperation');
  });
});

describe('whoever may not', () => {
  it.each([
    ['pop-core', popClient],
    ['openapi-client', openApiClient],
  ] as const)('%s: a wrong secret, a foreign key and a policy each have their code', async (_, client) => {
    const wrong = client(server, { ...key, secret: 'x'.repeat(32) });
    expect(await codeOf(wrong('ResumeLiveStream', STREAM))).toBe('SignatureDoesNotMatch');
    const foreign = client(server, { id: 'LTAIforeign', secret: 'x' });
    expect(await codeOf(foreign('ResumeLiveStream', STREAM))).toBe('InvalidAccessKeyId.NotFound');
    const narrow = client(server, await newKey(server, [{ role: 'monitor', resources: ['*'] }]));
    expect(await codeOf(narrow('ForbidLiveStream', STREAM))).toBe('Forbidden');
    expect(await codeOf(narrow('DescribeLiveStreamsBlockList', { DomainName: 'default' }))).toBe('none');
  });
});
