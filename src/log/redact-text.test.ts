import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, redactText } from './redact-text.ts';

const SECRET = 'sEcReT0123456789';
const MD5 = '6e02a9b7c2f14cfa9e2bb3a8c1d7e0f4';

describe('isSecretName', () => {
  it.each([
    ...[
      'auth_key',
      'authKey',
      'AUTH-KEY',
      'key',
      'key1',
      'key2',
      'token',
      'bearerToken',
      'accessKeySecret',
      'password',
    ],
    ...[
      'streamKey',
      'streamkey',
      'pushKey',
      'Authorization',
      'set-cookie',
      'X-Amz-Signature',
      'sign',
      'secrets',
      'APIKey',
    ],
  ])('%s is one', (name) => expect(isSecretName(name)).toBe(true));

  it.each(['keyFrame', 'isKeyFrame', 'keyFile', 'monkeys', 'tokenCount', 'accessKeyId', 'stream', 'x', '', 'signal'])(
    '"%s" is none',
    (name) => expect(isSecretName(name)).toBe(false),
  );
});

describe('redactText', () => {
  it.each([
    ['a push URL', `rtmp://h/app/name?auth_key=${SECRET}`],
    ['a stream key', `demo?key=${SECRET}&vhost=a`],
    ['a parameter in the middle', `/live/a.flv?x=1&token=${SECRET}#t`],
    ['an encoded name', `/a?auth%5Fkey=${SECRET}`],
    ['a hidden name', `/a?%61uth_ke%79=${SECRET}`],
    ['a URL in a URL', `/x?u=http%3A%2F%2Fh%3Fz%3D1%26auth_key%3D${SECRET}%26z%3D1`],
    ['a URL in a URL in a URL', `/x?u=http%253A%252F%252Fh%253Fauth_key%253D${SECRET}%2526z`],
    ['a session path', `http://h/live/demo/~${SECRET}/media.m3u8`],
    ['an encoded session path', `http://h/live/demo/%7E${SECRET}/media.m3u8`],
    ['a password', `postgres://me:${SECRET}@h/db`],
    ['a password with @', `postgres://me:a@${SECRET}@h/db`],
    ['a header', `Authorization: Bearer ${SECRET}`],
    ['a basic header', `basic ${SECRET}==`],
    ['a JSON text', `{"streamKey": "${SECRET}","n":1}`],
    ['a JSON text in a JSON text', `{\\"key\\":\\"${SECRET}\\"}`],
    ['a JSON value with quotes', `{"key":"a\\"${SECRET}"}`],
    ['an auth_key by itself', `was 1700000000-0-0-${MD5} once`],
    ['a type B path', `http://h/202511201200/${MD5}/live/a.flv`],
    ['a web token', `got eyJhbGciOiJIUzI1NiJ9.${SECRET}.${SECRET}`],
    ['a signed S3 URL', `https://b/x?X-Amz-Credential=${SECRET}&X-Amz-Signature=${SECRET}`],
    ['a value with encoded marks', `/a?password=%20a%26${SECRET}`],
    ['an encoded value', `/a?key=a%2F${SECRET}`],
  ])('takes out %s', (_, text) => {
    const shown = redactText(text);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain(MD5);
  });

  it.each([
    'rtmp://h:1935/app/name?vhost=a.example.com',
    '/live/demo01_lsd.m3u8?aliyunols=on&lhs_start_unix_s_0=1700000000',
    'key frame at 1200',
    'a ~ b',
    'postgres://h:5432/db',
    'C:\\folder\\keys',
    '{"keyFrame":"yes"}',
  ])('leaves %s', (text) => expect(redactText(text)).toBe(text));

  it('keeps the rest of a URL readable', () => {
    expect(redactText(`rtmp://u:p@h/app/n?a=1&auth_key=${SECRET}&b=2`)).toBe(
      'rtmp://u:[redacted]@h/app/n?a=1&auth_key=[redacted]&b=2',
    );
  });

  it('lets no parameter of a secret name through, whatever stands around it', () => {
    const around = fc.string({
      unit: fc.constantFrom('a', '=', '&', '?', '/', '%', '2', '5', '3', 'D', ' ', '"', '~', ':', '@'),
    });
    const name = fc.constantFrom('auth_key', 'key', 'token', 'secret');
    fc.assert(
      fc.property(around, name, around, (before, key, after) => {
        expect(redactText(`${before}?${key}=${SECRET}&${after}`)).not.toContain(SECRET);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['a', 'a=', '=', '%253D', '"a":"', '\\"key\\":\\"', 'eyJ-', 'a://b:', '?key=', '1234567890-'])(
    'survives and cuts what a stranger made long of %s',
    (unit) => expect(redactText(unit.repeat(100_000)).length).toBeLessThan(25_000),
  );
});
