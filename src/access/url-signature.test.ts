import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UrlAuth } from '../rules/index.ts';
import { md5, signTypeA, verifyTypeA } from './auth-key.ts';
import { signTypeB } from './type-b.ts';
import { signTypeCPath, signTypeCQuery } from './type-c.ts';
import { resourcePath, signatureId, signUrl, verifyUrl } from './url-signature.ts';

const LIVE_KEY = 'aliyunliveexp1234';
const CDN_KEY = 'aliyuncdnexp1234';

const auth = (fields: Partial<UrlAuth>): UrlAuth => ({ type: 'type_a', validitySeconds: 1800, ...fields });
const split = (url: string) => {
  const [path = '', query = ''] = url.replace(/^[a-z]+:\/\/[^/]+/, '').split('?');
  return { path, query };
};

// Paths and hashes as ApsaraVideo's help pages print them, or as recomputed from its rule.
const TYPE_A = [
  ['/video/standard', 1622194197, LIVE_KEY, '5552ff52b5e4e20387c6dc18afce206b'],
  ['/video/standard/1K.html', 1444435200, CDN_KEY, '80cd3862d699b7118eed99103f2a3a4f'],
  ['/app/stream', 1740562218, LIVE_KEY, '880052832dc6c98e9304b1ef66c3dfbf'],
  ['/app/stream.flv', 1740562218, LIVE_KEY, '1cf991a563076a5100c41e0a25c7f851'],
  ['/app/stream.m3u8', 1740562218, LIVE_KEY, '778a2c49e359a7de7e00e935b7e855a1'],
  ['/app/stream_lud.m3u8', 1740562218, LIVE_KEY, '64945cee6a82a1f8cc2a8680a59642b7'],
] as const;

describe('type A', () => {
  it.each(TYPE_A)('signs and verifies %s', (path, timestampSeconds, key, hash) => {
    const authKey = signTypeA({ path, timestampSeconds, rand: '0', uid: '0', key });
    expect(authKey).toBe(`${timestampSeconds}-0-0-${hash}`);
    const result = verifyTypeA({ path, authKey, auth: auth({ key1: key }), nowMs: timestampSeconds * 1000 });
    expect(result).toMatchObject({
      ok: true,
      uid: '0',
      keyName: 'main',
      expiresAtMs: (timestampSeconds + 1800) * 1000,
      stringToSign: `${path}-${timestampSeconds}-0-0-***`,
    });
  });

  const path = '/app/stream.flv';
  const good = signTypeA({ path, timestampSeconds: 1740562218, rand: '0', uid: '0', key: LIVE_KEY });
  const atMs = (seconds: number) => (1740562218 + seconds) * 1000;
  const verify = (fields: Partial<Parameters<typeof verifyTypeA>[0]>) =>
    verifyTypeA({ path, authKey: good, auth: auth({ key1: LIVE_KEY }), nowMs: atMs(0), ...fields });

  it('expires after, not at, timestamp + validity', () => {
    expect(verify({ nowMs: atMs(1800) }).ok).toBe(true);
    expect(verify({ nowMs: atMs(1800) + 1 })).toMatchObject({ reason: 'INVALID TIMESTAMP', expiredBySeconds: 1 });
    expect(verify({ nowMs: atMs(2000) })).toMatchObject({ reason: 'INVALID TIMESTAMP', expiredBySeconds: 200 });
  });

  it('takes a time in the future as valid until then and the validity', () => {
    expect(verify({ nowMs: atMs(-86_400) })).toMatchObject({ ok: true, expiresAtMs: atMs(1800) });
  });

  it('accepts the backup key, alone and beside another main key', () => {
    expect(verify({ auth: auth({ key2: LIVE_KEY }) })).toMatchObject({ ok: true, keyName: 'backup' });
    expect(verify({ auth: auth({ key1: 'another-key', key2: LIVE_KEY }) })).toMatchObject({ keyName: 'backup' });
  });

  it.each([
    ['other path', { path: '/app/stream_lud.flv' }, 'INVALID MD5HASH'],
    ['other key', { auth: auth({ key1: 'another-key' }) }, 'INVALID MD5HASH'],
    ['no key set', { auth: auth({}) }, 'INVALID ALIAUTH'],
    ['other rand', { authKey: good.replace('-0-0-', '-1-0-') }, 'INVALID MD5HASH'],
    ['other uid', { authKey: good.replace('-0-0-', '-0-1-') }, 'INVALID MD5HASH'],
    ['later time', { authKey: good.replace('1740562218', '1740562219') }, 'INVALID MD5HASH'],
    ['empty', { authKey: '' }, 'INVALID AUTH_KEY'],
    ['upper-case hash', { authKey: good.toUpperCase() }, 'INVALID AUTH_KEY'],
    ['hash cut short', { authKey: good.slice(0, -1) }, 'INVALID AUTH_KEY'],
    ['five fields', { authKey: good.replace('-0-0-', '-0-0-0-') }, 'INVALID AUTH_KEY'],
    ['no number', { authKey: good.replace('1740562218', '17405622x8') }, 'INVALID AUTH_KEY'],
    ['milliseconds', { authKey: good.replace('1740562218', '1740562218000') }, 'INVALID TIMESTAMP'],
  ] as const)('refuses: %s', (_, fields, reason) => {
    expect(verify(fields)).toMatchObject({ ok: false, reason });
  });

  it('shows no key in any result', () => {
    expect(JSON.stringify([verify({}), verify({ path: '/x' }), verify({ nowMs: atMs(9999) })])).not.toContain(LIVE_KEY);
  });

  it('verifies whatever it signs, and refuses every change of a character', () => {
    const field = fc.stringMatching(/^[A-Za-z0-9]{1,32}$/);
    const name = fc.stringMatching(/^\/[a-z0-9_]{1,10}\/[a-z0-9_]{1,20}(\.flv|\.m3u8)?$/);
    const seconds = fc.integer({ min: 1_000_000_000, max: 9_999_999_999 });
    fc.assert(
      fc.property(name, seconds, field, field, fc.nat(), (signedPath, timestampSeconds, rand, uid, at) => {
        const authKey = signTypeA({ path: signedPath, timestampSeconds, rand, uid, key: LIVE_KEY });
        const request = { path: signedPath, authKey, auth: auth({ key1: LIVE_KEY }), nowMs: timestampSeconds * 1000 };
        expect(verifyTypeA(request)).toMatchObject({ ok: true, uid });
        const index = at % authKey.length;
        const changed = `${authKey.slice(0, index)}${authKey[index] === '7' ? '8' : '7'}${authKey.slice(index + 1)}`;
        expect(verifyTypeA({ ...request, authKey: changed }).ok).toBe(false);
      }),
    );
  });
});

describe('types B and C', () => {
  const file = '/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3';
  const typeB = auth({ type: 'type_b', key1: CDN_KEY });
  const typeC = auth({ type: 'type_c', key1: CDN_KEY });
  // 08:00 of 15 August 2015 in UTC+8.
  const signedB = Date.parse('2015-08-15T00:00:00Z') / 1000;
  const signedC = 0x55ce8100;

  it('computes the published hashes', () => {
    expect(md5(`${CDN_KEY}201508150800${file}`)).toBe('9044548ef1527deadafa49a890a377f0');
    expect(signTypeB({ path: file, timestampSeconds: signedB, key: CDN_KEY })).toBe(
      `/201508150800/9044548ef1527deadafa49a890a377f0${file}`,
    );
    expect(signTypeCPath({ path: '/test.flv', timestampSeconds: signedC, key: CDN_KEY })).toBe(
      '/a37fa50a5fb8f71214b1e7c95ec7a1bd/55CE8100/test.flv',
    );
    expect(signTypeCQuery({ path: '/test.flv', timestampSeconds: signedC, key: CDN_KEY })).toBe(
      'KEY1=a37fa50a5fb8f71214b1e7c95ec7a1bd&KEY2=55CE8100',
    );
  });

  const pathB = `/201508150800/9044548ef1527deadafa49a890a377f0${file}`;
  const pathC = '/a37fa50a5fb8f71214b1e7c95ec7a1bd/55CE8100/test.flv';
  const queryC = 'x=1&KEY1=a37fa50a5fb8f71214b1e7c95ec7a1bd&KEY2=55CE8100';

  it.each([
    ['B', { path: pathB, query: '' }, typeB, signedB, file],
    ['C in the path', { path: pathC, query: '' }, typeC, signedC, '/test.flv'],
    ['C in the query', { path: '/test.flv', query: queryC }, typeC, signedC, '/test.flv'],
  ] as const)('verifies %s until its time + validity', (_, request, rule, signedSeconds, resource) => {
    const expiresAtMs = (signedSeconds + 1800) * 1000;
    expect(verifyUrl(request, rule, expiresAtMs)).toMatchObject({ ok: true, expiresAtMs, keyName: 'main' });
    expect(verifyUrl(request, rule, expiresAtMs + 1)).toMatchObject({ reason: 'INVALID TIMESTAMP' });
    expect(verifyUrl(request, { ...rule, key1: 'another-key' }, 0)).toMatchObject({ reason: 'INVALID MD5HASH' });
    expect(verifyUrl({ ...request, path: `${request.path}x` }, rule, 0)).toMatchObject({ reason: 'INVALID MD5HASH' });
    expect(resourcePath(request.path, rule)).toBe(resource);
  });

  it.each([
    ['B without prefix', { path: file, query: '' }, typeB],
    ['C without prefix or arguments', { path: '/test.flv', query: 'KEY1=ab' }, typeC],
    ['A without auth_key', { path: '/test.flv', query: 'a=1' }, auth({ key1: CDN_KEY })],
  ] as const)('finds no signature: %s', (_, request, rule) => {
    expect(verifyUrl(request, rule, 0)).toBe('missing');
  });

  it.each(['201513150800', '201502300800', '201508152500'])('refuses the impossible time %s', (time) => {
    const request = { path: pathB.replace('201508150800', time), query: '' };
    expect(verifyUrl(request, typeB, 0)).toMatchObject({ ok: false, reason: 'INVALID TIMESTAMP' });
  });

  it('names both formats of one type C signature alike', () => {
    const ids = [
      { path: pathC, query: '' },
      { path: '/test.flv', query: queryC },
    ].map((request) => signatureId('d', request, typeC));
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('signUrl', () => {
  const nowMs = 1_740_562_218_000;
  const typeA = auth({ key1: LIVE_KEY });

  it('gives the published example', () => {
    expect(signUrl('rtmp://push.example.com/app/stream', typeA, { nowMs })).toBe(
      'rtmp://push.example.com/app/stream?auth_key=1740562218-0-0-880052832dc6c98e9304b1ef66c3dfbf',
    );
    expect(signUrl('http://play.example.com/app/stream_lud.m3u8?aliyunols=on', typeA, { nowMs })).toBe(
      'http://play.example.com/app/stream_lud.m3u8?aliyunols=on&auth_key=1740562218-0-0-64945cee6a82a1f8cc2a8680a59642b7',
    );
  });

  it('replaces a signature and keeps the other arguments as they are spelt', () => {
    const once = signUrl('/app/stream.flv?b=%2F&auth_key=old&a=+', typeA, { nowMs });
    expect(once).toBe('/app/stream.flv?b=%2F&a=+&auth_key=1740562218-0-0-1cf991a563076a5100c41e0a25c7f851');
    expect(signUrl(once, typeA, { nowMs })).toBe(once);
  });

  it.each([
    ['type_a', {}],
    ['type_a', { keyName: 'backup' }],
    ['type_b', {}],
    ['type_c', {}],
    ['type_c', { typeCIn: 'path' }],
  ] as const)('%s with %j verifies, and expires when asked', (type, options) => {
    const rule = auth({ type, key1: LIVE_KEY, key2: CDN_KEY });
    const url = signUrl('https://h:8443/app/stream.flv?x=1', rule, { nowMs, expiresInSeconds: 60, ...options });
    const result = verifyUrl(split(url), rule, nowMs);
    // Type B has no seconds.
    const spreadMs = type === 'type_b' ? 60_000 : 0;
    expect(result).toMatchObject({ ok: true, keyName: 'keyName' in options ? 'backup' : 'main' });
    if (result === 'missing' || !result.ok) return;
    expect(nowMs + 60_000 - result.expiresAtMs).toBeLessThanOrEqual(spreadMs);
    expect(url).toContain('x=1');
  });

  it('leaves a URL alone when signing is off, and says when there is no key', () => {
    expect(signUrl('/a/b.flv', auth({ type: 'no_auth' }), { nowMs })).toBe('/a/b.flv');
    expect(() => signUrl('/a/b.flv', auth({}), { nowMs })).toThrow('no key');
    expect(() => signUrl('/a/b.flv', typeA, { nowMs, uid: 'a-b' })).toThrow('hyphen');
  });
});
