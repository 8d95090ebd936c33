import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { apsaraCallback, apsaraSignature, isApsaraEvent } from './apsara-callback.ts';
import type { Endpoint, StreamEvent } from './event.ts';
import { nextTry } from './schedule.ts';
import { standardWebhook, webhookSignature } from './standard-webhook.ts';

const endpoint: Endpoint = { id: 'e', url: 'https://example.com/cb', form: 'apsara', setBy: 'administrator' };
const event: StreamEvent = {
  id: '3c9a4f0e-7a59-8aaa-a111-000000000001',
  kind: 'publish',
  sessionId: 's1',
  domain: 'play.example.com',
  ingestDomain: 'push.example.com',
  app: 'live',
  stream: 'world',
  atMs: 1_609_220_385_900,
  data: {
    address: '192.168.1.2',
    query: 'vhost=xx.cn&auth_key=1-0-0-ab&key=secret&callback_a=ü 1',
    node: 'node-1',
    width: 1280,
    height: 720,
  },
};

describe('apsaraCallback', () => {
  it('has the documented arguments in the documented order', () => {
    const { method, url, headers } = apsaraCallback(event, endpoint, 0);
    expect(method).toBe('GET');
    expect(url).toBe(
      'https://example.com/cb?action=publish&ip=192.168.1.2&id=world&app=push.example.com&appname=live&time=1609220385' +
        '&usrargs=vhost%3Dxx.cn%26auth_key%3D1-0-0-ab%26key%3D***%26callback_a%3D%C3%BC%201' +
        '&node=node-1&height=720&width=1280',
    );
    expect(headers).toEqual({});
  });

  it('keeps the query that the URL has', () => {
    const { url } = apsaraCallback(event, { ...endpoint, url: 'http://h:81/p?token=a%20b' }, 0);
    expect(url).toMatch(/^http:\/\/h:81\/p\?token=a%20b&action=publish&/);
  });

  it('tells the size on publish only, and the playback domain when there is no ingest domain', () => {
    const done = apsaraCallback({ ...event, kind: 'publish_done', ingestDomain: '' }, endpoint, 0).url;
    expect(done).toContain('action=publish_done');
    expect(done).toContain('&app=play.example.com&');
    expect(done).not.toMatch(/width|height/);
    expect(apsaraCallback({ ...event, data: {} }, endpoint, 0).url).not.toMatch(/width|height/);
  });

  it('signs with ingest domain, time of sending and key', () => {
    const signed = apsaraCallback(
      { ...event, ingestDomain: 'learn.aliyundoc.com' },
      { ...endpoint, key: 'yourkey' },
      1_519_375_990_999,
    );
    expect(signed.headers).toEqual({
      'ALI-LIVE-TIMESTAMP': '1519375990',
      'ALI-LIVE-SIGNATURE': '9e226fc2c250be266e3657e156f68c12',
    });
    expect(apsaraSignature('learn.aliyundoc.com', 'yourkey', 1_519_375_990_000)).toEqual(signed.headers);
  });

  it('knows connections only', () => {
    const kinds = ['publish', 'publish_done', 'stream_interrupted', 'stream_resumed', 'stream_ended'] as const;
    expect(kinds.filter((kind) => isApsaraEvent({ ...event, kind }))).toEqual(['publish', 'publish_done']);
  });
});

describe('standardWebhook', () => {
  const raw = 'a raw secret of some length';
  const encoded = `whsec_${Buffer.from('bytes of the secret, 24+').toString('base64')}`;

  it.each([
    ['raw', raw, () => new Webhook(raw, { format: 'raw' })],
    ['whsec_', encoded, () => new Webhook(encoded)],
  ] as const)('is accepted by the reference implementation: %s secret', (_, key, oracle) => {
    const sent = standardWebhook(event, { ...endpoint, form: 'json', key }, Date.now());
    const { method, url, headers, body = '' } = sent;
    expect([method, url]).toEqual(['POST', endpoint.url]);
    expect(oracle().verify(body, { ...headers })).toEqual({
      type: 'publish',
      timestamp: '2020-12-29T05:39:45.900Z',
      data: {
        sessionId: 's1',
        domain: 'play.example.com',
        ingestDomain: 'push.example.com',
        app: 'live',
        stream: 'world',
        address: '192.168.1.2',
        node: 'node-1',
        width: 1280,
        height: 720,
        query: 'vhost=xx.cn&auth_key=1-0-0-ab&key=***&callback_a=ü 1',
      },
    });
    expect(() => oracle().verify(`${body} `, { ...headers })).toThrow();
  });

  it("matches the specification's example", () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' };
    expect(webhookSignature(message, secret)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('keeps its id over tries and has no signature without a key', () => {
    const tries = [1000, 2000].map((nowMs) => standardWebhook(event, endpoint, nowMs).headers);
    expect(tries.map((headers) => headers['webhook-id'])).toEqual([event.id, event.id]);
    expect(tries.map((headers) => headers['webhook-timestamp'])).toEqual(['1', '2']);
    expect(tries[0]).not.toHaveProperty('webhook-signature');
  });
});

describe('nextTry', () => {
  it('is five retries 1 s apart, then doubles up to an hour, and ends within a day', () => {
    let nowMs = 0;
    const delays: number[] = [];
    for (let attempt = 1; ; attempt++) {
      const next = nextTry({ attempt, firstAttemptAtMs: 0 }, nowMs);
      if (next === 'dead') break;
      delays.push((next - nowMs) / 1000);
      nowMs = next;
    }
    expect(delays.slice(0, 8)).toEqual([1, 1, 1, 1, 1, 2, 4, 8]);
    expect(delays.slice(15, 19)).toEqual([2048, 3600, 3600, 3600]);
    expect(nowMs).toBeLessThanOrEqual(86_400_000);
    expect(nowMs).toBeGreaterThan(82_800_000);
  });
});
