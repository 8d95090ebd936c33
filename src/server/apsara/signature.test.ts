import { describe, expect, it } from 'vitest';
import { signatureV1, stringToSignV1 } from './signature-v1.ts';
import { parseAuthorization, sha256, signatureV3, stringToSignV3 } from './signature-v3.ts';

const NOTHING = sha256('');

describe('version 1', () => {
  const published = new Map([
    ['AccessKeyId', 'testid'],
    ['Action', 'DescribeRegions'],
    ['Format', 'XML'],
    ['Signature', 'is not signed'],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureNonce', '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf'],
    ['SignatureVersion', '1.0'],
    ['Timestamp', '2016-02-23T12:46:24Z'],
    ['Version', '2014-05-26'],
  ]);

  it('signs the published request as published', () => {
    const stringToSign = stringToSignV1('GET', published);
    expect(stringToSign).toBe(
      'GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26',
    );
    expect(signatureV1(stringToSign, 'testsecret')).toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
  });

  it.each([
    ['GET', 'l1k9rwpRvMo+TO3c5hbi30XMCng='],
    ['POST', 'CTMpdddzVvkVxZXko/7da+Y/6zE='],
  ])('signs blanks and asterisks by %s', (method, expected) => {
    const asked = new Map([...published, ['Action', 'DescribeLiveStreamsOnlineList'], ['AppName', 'live app*']]);
    for (const [name, value] of [
      ['DomainName', 'play.example.com'],
      ['Format', 'JSON'],
      ['Timestamp', '2026-01-01T00:00:00Z'],
      ['Version', '2016-11-01'],
    ] as const) {
      asked.set(name, value);
    }
    expect(signatureV1(stringToSignV1(method, asked), 'testsecret')).toBe(expected);
  });
});

describe('version 3', () => {
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': NOTHING,
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  };

  it('signs the published request as published', () => {
    const query = new Map([
      ['RegionId', 'cn-shanghai'],
      ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'],
    ]);
    const signedHeaders = Object.keys(headers).reverse();
    const text = stringToSignV3({ method: 'POST', query, headers, signedHeaders, bodySha256: NOTHING });
    expect(text).toBe('ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259');
    const expected = '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0';
    expect(signatureV3(text, 'YourAccessKeySecret')).toBe(expected);
  });

  it('signs a request of Live', () => {
    const live = {
      ...{ ...headers, host: 'live.aliyuncs.com', 'x-acs-action': 'DescribeLiveStreamsOnlineList' },
      ...{ 'x-acs-date': '2026-01-01T00:00:00Z', 'x-acs-version': '2016-11-01' },
    };
    const query = new Map([
      ['AppName', 'live app*'],
      ['DomainName', 'play.example.com'],
    ]);
    const text = stringToSignV3({
      ...{ method: 'POST', query, headers: live, bodySha256: NOTHING },
      signedHeaders: Object.keys(live),
    });
    expect(text).toBe('ACS3-HMAC-SHA256\n6c119995af38ac11a68bdbc334e3087efc87071b218b5d6f9a93c83e5c0f0108');
    const expected = '037d14481af3be3965a8e67f1c7788ea1cf95070c847a4a436003b3469909a93';
    expect(signatureV3(text, 'testsecret')).toBe(expected);
  });

  it.each([
    ['ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=ab', ['id', 'host;x-acs-date', 'ab']],
    ['ACS3-HMAC-SHA256 Signature=ab, SignedHeaders=Host, Credential=id', ['id', 'host', 'ab']],
    ['ACS3-HMAC-SHA256 Credential=id,Signature=ab', undefined],
    ['ACS3-HMAC-SM3 Credential=id,SignedHeaders=host,Signature=ab', undefined],
    ['Bearer x', undefined],
  ])('reads %s', (text, expected) => {
    const read = parseAuthorization(text);
    expect(read && [read.keyId, read.signedHeaders.join(';'), read.signature]).toEqual(expected);
  });
});
