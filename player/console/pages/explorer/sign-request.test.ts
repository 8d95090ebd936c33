import { describe, expect, it } from 'vitest';
import { flattened, TypedWrong } from './flatten.ts';
import type { Parameter } from './read-actions.ts';
import { type Call, signRequest } from './sign-request.ts';

const CALL: Call = {
  ...{ action: 'DescribeLiveStreamsOnlineList', version: '2016-11-01', keyId: 'testid', secret: 'testsecret' },
  parameters: [
    ['DomainName', 'play.example.com'],
    ['AppName', 'live app*'],
  ],
  ...{ host: 'live.aliyuncs.com', at: new Date('2026-01-01T00:00:00.900Z') },
  nonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
};

describe('signRequest', () => {
  it('signs as version 1 does', async () => {
    const { path, method, stringToSign } = await signRequest('v1', CALL);
    expect(method).toBe('GET');
    expect(path).toMatch(/&Signature=l1k9rwpRvMo%2BTO3c5hbi30XMCng%3D$/);
    expect(path).toContain('AppName=live%20app%2A');
    expect(stringToSign).toMatch(/^GET&%2F&AccessKeyId%3Dtestid%26Action%3D/);
  });

  it('signs as version 3 does', async () => {
    const { path, method, stringToSign, headers } = await signRequest('v3', {
      ...CALL,
      nonce: '3156853299f313e23d1673dc12e1703d',
    });
    expect(method).toBe('POST');
    expect(path).toBe('/?AppName=live%20app%2A&DomainName=play.example.com');
    expect(stringToSign).toBe('ACS3-HMAC-SHA256\n6c119995af38ac11a68bdbc334e3087efc87071b218b5d6f9a93c83e5c0f0108');
    expect(headers.authorization).toBe(
      'ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=037d14481af3be3965a8e67f1c7788ea1cf95070c847a4a436003b3469909a93',
    );
  });
});

describe('flattened', () => {
  const of = (name: string, kind: Parameter['kind'], fields?: readonly Parameter[]): Parameter => ({
    ...{ name, kind, isRequired: true, ...(fields && { fields }) },
  });
  const key = of('Key', 'text');

  it.each<[string, Parameter, string, readonly (readonly [string, string])[]]>([
    ['text', of('App', 'text'), ' live ', [['App', 'live']]],
    ['nothing', of('App', 'text'), '  ', []],
    [
      'lines',
      of('Id', 'list'),
      'a\n\nb',
      [
        ['Id.1', 'a'],
        ['Id.2', 'b'],
      ],
    ],
    [
      'objects',
      of('Tag', 'list', [key]),
      '[{"Key":"team"},{"Key":2}]',
      [
        ['Tag.1.Key', 'team'],
        ['Tag.2.Key', '2'],
      ],
    ],
    ['an object', of('Layout', 'object', [key]), '{"Key":["x"]}', [['Layout.Key.1', 'x']]],
  ])('sends %s', (_, parameter, typed, sent) => {
    expect(flattened([parameter], { [parameter.name]: typed })).toEqual(sent);
  });

  it('says which parameter is no JSON', () => {
    expect(() => flattened([of('Tag', 'list', [key])], { Tag: 'team' })).toThrow(TypedWrong);
  });
});
