import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { type CallbackRequest, verifyCallback } from './verify.ts';

const nowMs = 1_519_375_990_000;
const none = new Uint8Array();
const signature = '9e226fc2c250be266e3657e156f68c12';
const timestamp = { 'ali-live-timestamp': '1519375990' };
const signed = { ...timestamp, 'ali-live-signature': signature };
const publish: CallbackRequest = {
  method: 'GET',
  target: '/cb?action=publish&id=a&app=learn.aliyundoc.com&appname=live&time=1519375990',
  headers: { host: 'backend.example.com', ...signed },
  body: none,
};
const recorded: CallbackRequest = {
  method: 'POST',
  target: '/cb',
  headers: { host: 'learn.aliyundoc.com:8099', ...signed },
  body: Buffer.from('{"domain":"play.example.com","app":"live","stream":"a","event":"record_started"}'),
};

describe("signatures of ApsaraVideo's form", () => {
  const check = (request: CallbackRequest, keys = ['yourkey'], atMs = nowMs) =>
    verifyCallback(request, { keys, nowMs: atMs });

  it('sign the ingest domain for stream status, and the host of the URL for anything else', () => {
    const valid = {
      form: 'apsara',
      verdict: 'valid',
      signed: 'learn.aliyundoc.com|1519375990|<key>',
      reason: '',
    };
    expect(check(publish)).toEqual(valid);
    expect(check(recorded)).toEqual(valid);
    expect(check(recorded, ['another', 'yourkey']).verdict).toBe('valid');
  });

  it.each([
    ['another key', publish, ['mykey'], 'No key'],
    ['no key', publish, [], 'No key'],
    ['another time', { ...publish, headers: { ...publish.headers, 'ali-live-timestamp': '1' } }, ['yourkey'], 'No key'],
    ['no time', { ...publish, headers: { 'ali-live-signature': signature } }, ['yourkey'], 'No key'],
    ['the URL for the ingest domain', { ...publish, target: '/?action=publish&app=x' }, ['yourkey'], 'No key'],
    [
      'the ingest domain for the URL',
      { ...recorded, target: '/?app=learn.aliyundoc.com', headers: { ...signed, host: 'b' } },
      ['yourkey'],
      'It signs learn.aliyundoc.com, where b belongs',
    ],
  ] as const)('are wrong with %s', (_, request, keys, reason) => {
    const { verdict, reason: said } = check(request, [...keys]);
    expect([verdict, said]).toEqual(['wrong', expect.stringContaining(reason)]);
  });

  it('are missing where there is no header', () => {
    const { verdict, signed: wanted } = check({ ...publish, headers: {} });
    expect([verdict, wanted]).toEqual(['unsigned', 'learn.aliyundoc.com||<key>']);
  });

  it('hold for five minutes', () => {
    expect(check(publish, undefined, nowMs + 300_000).verdict).toBe('valid');
    expect(check(publish, undefined, nowMs + 301_000)).toMatchObject({ verdict: 'too_old', reason: /301 s ago/ });
    expect(check(publish, undefined, nowMs - 301_000).reason).toContain('301 s from now');
  });

  it('take the host that a proxy hides', () => {
    const hidden = { ...recorded, headers: { ...signed, host: '127.0.0.1:8099' } };
    expect(check(hidden).verdict).toBe('wrong');
    expect(verifyCallback(hidden, { keys: ['yourkey'], nowMs, host: 'learn.aliyundoc.com' }).verdict).toBe('valid');
  });
});

describe("signatures of ApsaraVideo VOD's form", () => {
  const uploaded: CallbackRequest = {
    method: 'POST',
    target: '/your/callback',
    headers: {
      host: 'www.example.com',
      'x-vod-timestamp': '1519375990',
      'x-vod-signature': 'c72b60894140fa98920f1279219b7ed4',
    },
    body: Buffer.from('{"EventType":"FileUploadComplete"}'),
  };
  const check = (request: CallbackRequest, keys = ['test123'], atMs = nowMs) =>
    verifyCallback(request, { keys, nowMs: atMs });

  it('sign the whole URL', () => {
    expect(check(uploaded)).toMatchObject({ form: 'vod', verdict: 'valid' });
    for (const wrong of [{ target: '/other' }, { headers: { ...uploaded.headers, host: 'other.example.com' } }])
      expect(check({ ...uploaded, ...wrong })).toMatchObject({ verdict: 'wrong' });
    expect(check(uploaded, ['another']).verdict).toBe('wrong');
    expect(check(uploaded, undefined, nowMs + 301_000).verdict).toBe('too_old');
    const hidden = { ...uploaded, headers: { ...uploaded.headers, host: '127.0.0.1:8099' } };
    expect(verifyCallback(hidden, { keys: ['test123'], nowMs, host: 'www.example.com' }).verdict).toBe('valid');
  });

  it('are missing where there is no header', () => {
    const { verdict, form, signed: wanted } = check({ ...uploaded, headers: { host: 'www.example.com' } });
    expect([form, verdict, wanted]).toEqual(['vod', 'unsigned', 'http://www.example.com/your/callback||<key>']);
  });
});

describe('signatures of Standard Webhooks', () => {
  const raw = 'a raw secret of some length';
  const encoded = `whsec_${Buffer.from('bytes of the secret, 24+').toString('base64')}`;
  const body = '{"type":"publish","data":{"stream":"ü"}}';

  function request(made: string, text = body, seconds = 1_519_375_990): CallbackRequest {
    const headers = { 'webhook-id': 'id', 'webhook-timestamp': String(seconds), 'webhook-signature': made };
    return { method: 'POST', target: '/', headers, body: Buffer.from(text) };
  }

  it.each([
    ['raw', raw, new Webhook(raw, { format: 'raw' })],
    ['whsec_', encoded, new Webhook(encoded)],
  ] as const)('are those of the reference implementation: %s secret', (_, key, oracle) => {
    const made = oracle.sign('id', new Date(nowMs), body);
    const check = (each: CallbackRequest) => verifyCallback(each, { keys: [key], nowMs }).verdict;
    expect(check(request(made))).toBe('valid');
    expect(check(request(`v1,AAAA ${made} v2,x`))).toBe('valid');
    expect(check(request(made, `${body} `))).toBe('wrong');
    expect(check(request(made.replace('v1', 'v2')))).toBe('wrong');
    expect(check(request(oracle.sign('id', new Date(nowMs - 400_000), body), body, 1_519_375_590))).toBe('too_old');
  });

  it('are missing where there is no header, and show what has to be signed', () => {
    const { headers, ...rest } = request('');
    const check = verifyCallback({ ...rest, headers: { ...headers, 'webhook-signature': '' } }, { keys: [raw], nowMs });
    expect(check).toMatchObject({ form: 'standard', verdict: 'unsigned', signed: `id.1519375990.${body}` });
  });
});
