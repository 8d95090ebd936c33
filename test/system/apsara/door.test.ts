import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureV1, stringToSignV1 } from '../../../src/server/apsara/signature-v1.ts';
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

describe('a request that no client makes', () => {
  const ask = async (query: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.controlPort}/${query}`, init);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  it('is answered in XML where nothing else is asked for, and in JSON where it is', async () => {
    const xml = await ask('?Action=DescribeLiveStreamState');
    expect(xml).toMatchObject({ status: 400, type: 'text/xml; charset=utf-8' });
    expect(xml.text).toMatch(
      /^<\?xml .*<Error><RequestId>[0-9A-F-]{36}<\/RequestId><HostId>127\.0\.0\.1:\d+<\/HostId><Code>MissingParameter<\/Code>/,
    );
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const json = await ask('', { method: 'POST', headers: form, body: 'Action=A&Format=json' });
    expect(JSON.parse(json.text)).toMatchObject({
      Code: 'MissingParameter',
      Message: expect.stringContaining('"Version"'),
    });
    const v3 = await ask('', { method: 'POST', headers: { 'x-acs-action': 'A', authorization: 'ACS3-HMAC-SHA256 x' } });
    expect(JSON.parse(v3.text)).toMatchObject({ Code: 'IncompleteSignature' });
  });

  it('is refused with too many parameters or too long a body', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => `p${index}=1`).join('&');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('', { method: 'POST', headers: form, body: many })).text).toContain('more than 2000 parameters');
    expect((await ask('', { method: 'POST', headers: form, body: 'a='.padEnd(600_000, 'x') })).status).toBe(413);
  });

  it('leaves the console where it was', async () => {
    const page = await ask('');
    expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
  });

  it('is refused when it comes again, and when its clock is wrong', async () => {
    const timed = (Timestamp: string, SignatureNonce: string) => {
      const given = new Map(
        Object.entries({
          ...{ Action: 'DescribeLiveStreamState', Version: '2016-11-01', Format: 'JSON', AccessKeyId: key.id },
          ...{ SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', SignatureNonce, Timestamp },
          ...{ DomainName: 'default', AppName: 'live', StreamName: 'one' },
        }),
      );
      given.set('Signature', signatureV1(stringToSignV1('GET', given), key.secret));
      return ask(`?${new URLSearchParams([...given])}`);
    };
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    expect(JSON.parse((await timed(now, 'once')).text)).toMatchObject({ StreamState: 'offline' });
    expect(JSON.parse((await timed(now, 'once')).text)).toMatchObject({ Code: 'SignatureNonceUsed' });
    expect(JSON.parse((await timed('2020-01-01T00:00:00Z', 'late')).text)).toMatchObject({
      Code: 'InvalidTimeStamp.Expired',
    });
    expect(JSON.parse((await timed('yesterday', 'odd')).text)).toMatchObject({ Code: 'InvalidTimeStamp.Format' });
  });
});
