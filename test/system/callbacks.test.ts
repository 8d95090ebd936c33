import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { actionsOf, CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, start, startHeadwater, testPictureArgs, until } from '../support/index.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';

const KEY = 'callback-key-0123456789';
const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of the right length').toString('base64')}`;
const STREAM_KEY = 'lasting-key-0123456789';

type Delivery = { id: number; endpoint: string; kind: string; state: string; lastError?: string };
type Page = { deliveries: Delivery[]; nextCursor?: string };
type Whole = Delivery & { request: { headers: Record<string, string> } };
type Tested = { isTaken: boolean };

let receiver: CallbackReceiver;
let server: Headwater;
let flv: MadeFlv;

function rules(callbacks: RulesInput['callbacks'] = []): RulesInput {
  return {
    domains: [
      { name: 'default', push: { auth: { type: 'no_auth' } } },
      { name: 'play.example.com', ingest: ['push.example.com'], push: { auth: { type: 'type_a', key1: KEY } } },
    ],
    streams: [
      { match: { stream: 'takeover*' }, publish: { secondPublisher: 'takeover', waitSeconds: 0 } },
      { match: { stream: 'interrupted*' }, publish: { waitSeconds: 60 } },
    ],
    streamKeys: [{ id: 'lasting', key: STREAM_KEY, match: { domain: '*', app: '*', stream: '*' } }],
    callbacks: [
      { id: 'apsara', url: receiver.url('apsara'), form: 'apsara', key: KEY },
      { id: 'json', url: receiver.url('json'), form: 'json', key: WEBHOOK_SECRET },
      ...callbacks,
    ],
  };
}

beforeAll(async () => {
  receiver = await CallbackReceiver.start();
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
  server = await startHeadwater({ rules: rules(), env: { HEADWATER_NODE_NAME: 'node-1' } });
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await flv?.remove();
});

/** Publishes until told to end; the stream goes as far as its publish callback. */
async function publish(name: string, query = ''): Promise<{ unpublish(): Promise<void>; drop(): Promise<void> }> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}${query}` });
  const playing = playForEver(publisher, flv.tags);
  const end = async (how: 'unpublish' | 'drop') => {
    await playing.stop();
    await publisher[how]();
  };
  return { unpublish: () => end('unpublish'), drop: () => end('drop') };
}

const actions = (stream: string) => actionsOf(receiver, 'apsara', stream);
const types = (stream: string) => eventsOf(receiver, 'json', stream).map(({ type }) => type);
const untilTold = (stream: string, ...expected: string[]) =>
  until(`${stream}: ${expected}`, () => actions(stream).join() === expected.join(), 60_000).catch((error) => {
    throw new Error(`${error.message}, heard ${actions(stream)}`);
  });
const untilTypes = (stream: string, ...expected: string[]) =>
  until(`${stream}: ${expected}`, () => types(stream).join() === expected.join(), 60_000).catch((error) => {
    throw new Error(`${error.message}, heard ${types(stream)}`);
  });

describe("callbacks in ApsaraVideo's form", () => {
  it('tell of an encoder that starts and stops, with every field and a signature', async () => {
    const query = `vhost=push.example.com&key=${STREAM_KEY}&user=%E4%B8%AD%26x`;
    const target = `${server.rtmp}/live/signed?${query}`;
    const encoder = start('ffmpeg', [...testPictureArgs({ seconds: 4 }), '-f', 'flv', target]);
    await untilTold('signed', 'publish', 'publish_done');
    await encoder.exited;
    const [first, second] = receiver.told('apsara').filter((each) => each.query.get('id') === 'signed');
    const { time, ...fields } = Object.fromEntries(first!.query);
    expect(fields).toEqual({
      action: 'publish',
      ip: '127.0.0.1',
      id: 'signed',
      app: 'push.example.com',
      appname: 'live',
      usrargs: 'vhost=push.example.com&key=***&user=%E4%B8%AD%26x',
      node: 'node-1',
      height: '180',
      width: '320',
    });
    expect(first!.method).toBe('GET');
    expect(first!.rawQuery).toMatch(/^action=publish&ip=.*&id=signed&app=.*&appname=live&time=\d{10}&usrargs=/);
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(300);
    expect([...second!.query.keys()]).toEqual(['action', 'ip', 'id', 'app', 'appname', 'time', 'usrargs', 'node']);
    for (const { headers } of [first!, second!]) {
      const timestamp = headers['ali-live-timestamp'];
      const signed = createHash('md5').update(`push.example.com|${timestamp}|${KEY}`).digest('hex');
      expect(headers['ali-live-signature']).toBe(signed);
    }
  });

  it('say nothing of a session under 2 s', async () => {
    const short = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/short' });
    await short.unpublish();
    const long = await publish('after-short');
    await untilTold('after-short', 'publish');
    await long.unpublish();
    await untilTold('after-short', 'publish', 'publish_done');
    expect(actions('short')).toEqual([]);
    expect(types('short')).toEqual([]);
  });

  it('name the domain itself where an encoder made up a host', async () => {
    const made = await publish('made-up', '?vhost=evil%7Chost');
    await untilTold('made-up', 'publish');
    await made.unpublish();
    expect(
      receiver
        .told('apsara')
        .find((each) => each.query.get('id') === 'made-up')!
        .query.get('app'),
    ).toBe('default');
  });
});

describe('callbacks in Standard Webhooks form', () => {
  it('are verified by its own library, with ids that stay', async () => {
    const made = await publish('webhook');
    await untilTypes('webhook', 'publish');
    await made.unpublish();
    await untilTypes('webhook', 'publish', 'publish_done', 'stream_ended');
    const verifier = new Webhook(WEBHOOK_SECRET);
    const told = receiver.told('json').filter(({ body }) => body.includes('"webhook"'));
    for (const { body, headers, method } of told) {
      expect(method).toBe('POST');
      expect(verifier.verify(body, headers)).toMatchObject({ data: { stream: 'webhook', domain: 'default' } });
      expect(() => verifier.verify(`${body} `, headers)).toThrow();
    }
    const [publishEvent, done] = eventsOf(receiver, 'json', 'webhook');
    expect(publishEvent!.data).toMatchObject({ width: 320, height: 180, node: 'node-1', address: '127.0.0.1' });
    expect(done!.data).toMatchObject({ cause: 'unpublished', sessionId: publishEvent!.data.sessionId });
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });

  it('tell of an encoder that is lost and comes back, and of the end', async () => {
    const first = await publish('interrupted');
    await untilTypes('interrupted', 'publish');
    await first.drop();
    await untilTypes('interrupted', 'publish', 'publish_done', 'stream_interrupted');
    const second = await publish('interrupted');
    const resumed = ['publish', 'publish_done', 'stream_interrupted', 'publish', 'stream_resumed'];
    await untilTypes('interrupted', ...resumed);
    await second.unpublish();
    await untilTypes('interrupted', ...resumed, 'publish_done', 'stream_ended');
    const causes = eventsOf(receiver, 'json', 'interrupted').map(({ data }) => data.cause);
    expect(causes).toEqual([
      ...[undefined, 'connection_lost', 'connection_lost', undefined, undefined],
      ...['unpublished', 'unpublished'],
    ]);
    expect(actions('interrupted')).toEqual(['publish', 'publish_done', 'publish', 'publish_done']);
  });
});

describe('B39 exactly one start and one stop for each session', () => {
  it('when another publisher takes over, with the old stop before the new start', async () => {
    const first = await publish('takeover');
    await untilTold('takeover', 'publish');
    const second = await publish('takeover');
    await untilTold('takeover', 'publish', 'publish_done', 'publish');
    await first.drop();
    await second.unpublish();
    await untilTold('takeover', 'publish', 'publish_done', 'publish', 'publish_done');
    await until('the end', () => types('takeover').at(-1) === 'stream_ended');
    const events = eventsOf(receiver, 'json', 'takeover').filter(({ type }) => type.startsWith('publish'));
    const [a, , b] = events.map(({ data }) => data.sessionId);
    expect(events.map(({ type, data }) => [type, data.sessionId, data.cause])).toEqual([
      ['publish', a, undefined],
      ['publish_done', a, 'takeover'],
      ['publish', b, undefined],
      ['publish_done', b, 'unpublished'],
    ]);
    expect(a).not.toBe(b);
  });

  it('when an operator ends it', async () => {
    const made = await publish('kicked');
    await untilTypes('kicked', 'publish');
    await server.api('/streams/default/live/kicked', { method: 'DELETE' });
    await untilTypes('kicked', 'publish', 'publish_done', 'stream_ended');
    expect(eventsOf(receiver, 'json', 'kicked').at(-1)!.data.cause).toBe('kicked');
    await made.drop();
  });
});

describe('deliveries as operators see them', () => {
  it('tell what was sent, without what is secret', async () => {
    const { deliveries } = await server.api<Page>('/deliveries?domain=default&app=live&stream=webhook');
    expect(deliveries.map(({ endpoint, kind }) => `${endpoint} ${kind}`).sort()).toEqual([
      ...['apsara publish', 'apsara publish_done'],
      ...['json publish', 'json publish_done', 'json stream_ended'],
    ]);
    const { id } = deliveries.find(({ endpoint, kind }) => endpoint === 'json' && kind === 'publish')!;
    const whole = await server.api<Whole>(`/deliveries/${id}`);
    const [told] = receiver.told('json').filter(({ body }) => body.includes('"webhook"'));
    expect(whole).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 200, tries: [{ status: 200 }] });
    expect(whole.request).toMatchObject({ method: 'POST', url: receiver.url('json'), body: told!.body });
    expect(whole.request.headers['webhook-id']).toBe(told!.headers['webhook-id']);
    const signed = deliveries.find(({ endpoint, kind }) => endpoint === 'apsara' && kind === 'publish')!;
    const other = await server.api<Whole>(`/deliveries/${signed.id}`);
    expect(other.request.headers['ALI-LIVE-SIGNATURE']).toBe('***');
    for (const secret of [KEY, WEBHOOK_SECRET, STREAM_KEY]) {
      expect(JSON.stringify([whole, other])).not.toContain(secret);
    }
  });

  it('come page by page, and again when they are asked for', async () => {
    const first = await server.api<Page>('/deliveries?limit=2');
    const second = await server.api<Page>(`/deliveries?limit=2&cursor=${first.nextCursor}`);
    const ids = [...first.deliveries, ...second.deliveries].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(new Set(ids).size).toBe(4);
    const { deliveries } = await server.api<Page>('/deliveries?stream=webhook&endpoint=json');
    const { id } = deliveries.find(({ kind }) => kind === 'stream_ended')!;
    const again = await server.api<{ state: string }>(`/deliveries/${id}/redeliver`, { method: 'POST' });
    expect(again.state).toBe('pending');
    await untilTypes('webhook', 'publish', 'publish_done', 'stream_ended', 'stream_ended');
    for (const [path, code] of [
      ['/deliveries?cursor=x', '400.*BAD_CURSOR'],
      ['/deliveries?status=dead', '400.*BAD_REQUEST'],
      ['/deliveries/999999999', '404.*DELIVERY_NOT_FOUND'],
      ['/deliveries/9e99', '400.*BAD_REQUEST'],
    ] as const) {
      await expect(server.api(path)).rejects.toThrow(new RegExp(code));
    }
  });

  it('are tried with an endpoint before a stream is', async () => {
    const test = (id: string) => server.api<Tested>(`/callbacks/${id}/test`, { method: 'POST' });
    expect(await test('json')).toEqual({ isTaken: true, status: 200, durationMs: expect.any(Number), excerpt: '' });
    const told = receiver.told('json').at(-1)!;
    expect(new Webhook(WEBHOOK_SECRET).verify(told.body, told.headers)).toMatchObject({
      type: 'publish',
      data: { app: 'test', stream: 'headwater-test', test: true },
    });
    receiver.answer = ({ query }) => (query.get('id') === 'headwater-test' ? 202 : 200);
    expect(await test('apsara')).toMatchObject({ isTaken: false, status: 202 });
    receiver.answer = () => 200;
    await expect(test('nobody')).rejects.toThrow(/404.*CALLBACK_NOT_FOUND/);
    const link = { id: 'metadata', url: 'http://169.254.169.254/latest', form: 'json' } as const;
    await server.setRules(rules([link]));
    await until('the rules', () => server.log().some((line) => line.message === 'rules taken' && line.callbacks === 3));
    expect(await test('metadata')).toMatchObject({
      isTaken: false,
      error: expect.stringMatching(/^FORBIDDEN_ADDRESS/),
    });
    await server.setRules(rules());
    await until('the rules', () => server.log().findLast(({ message }) => message === 'rules taken')?.callbacks === 2);
  });
});

describe('a receiver that fails', () => {
  it('is tried again each second, and its streams keep their order', async () => {
    let failures = 5;
    receiver.answer = ({ query }) => (query.get('id') === 'retried' && failures-- > 0 ? 500 : 200);
    const made = await publish('retried');
    const other = await publish('unaffected');
    await until('a failure', () => failures < 5);
    await made.unpublish();
    await untilTold('unaffected', 'publish');
    await untilTold('retried', 'publish', 'publish_done');
    await other.unpublish();
    const tries = receiver.received.filter(({ query }) => query.get('id') === 'retried');
    expect(tries.map(({ query, answer }) => [query.get('action'), answer])).toEqual([
      ...Array.from({ length: 5 }, () => ['publish', 500]),
      ['publish', 200],
      ['publish_done', 200],
    ]);
    const gaps = tries.slice(1, 6).map(({ atMs }, index) => atMs - tries[index]!.atMs);
    for (const gap of gaps) expect(gap).toBeGreaterThan(990);
    expect(await server.metric('headwater_callbacks_total{form="apsara",outcome="retry"}')).toBe(5);
  });

  it('and never answers is given 5 s, and then tried again', async () => {
    let isSilent = true;
    receiver.answer = ({ query }) => {
      if (query.get('id') !== 'silent' || !isSilent) return 200;
      isSilent = false;
      return 'never';
    };
    const made = await publish('silent');
    await untilTold('silent', 'publish');
    await made.unpublish();
    const [first, second] = receiver.received.filter(({ query }) => query.get('id') === 'silent');
    expect(first!.answer).toBe('never');
    // 5 s and the second until the next try, less what the first took to be heard.
    expect(second!.atMs - first!.atMs).toBeGreaterThan(5400);
  });

  it('is told everything once when it is back', async () => {
    receiver.answer = () => 200;
    await receiver.down();
    const made = await publish('while-down');
    await until('a failure in the log', () =>
      server.log().some((line) => line.message === 'callback failed, it is tried again' && line.name === 'while-down'),
    );
    await made.unpublish();
    await receiver.up();
    await untilTold('while-down', 'publish', 'publish_done');
    await untilTypes('while-down', 'publish', 'publish_done', 'stream_ended');
  });

  it('does not hold up another, however many streams it has', async () => {
    receiver.answer = ({ path }) => (path === '/dead' ? 'never' : 200);
    const dead = { url: receiver.url('dead'), form: 'apsara' } as const;
    await server.setRules(
      rules([
        { id: 'dead', ...dead },
        { id: 'idle', ...dead, match: { domain: 'idle' } },
      ]),
    );
    await until('the rules', () => server.log().some((line) => line.message === 'rules taken' && line.callbacks === 4));
    const names = Array.from({ length: 8 }, (_, index) => `many-${index}`);
    const made = await Promise.all(names.map((name) => publish(name)));
    for (const name of names) await untilTold(name, 'publish');
    await Promise.all(made.map((each) => each.unpublish()));
    for (const name of names) await untilTold(name, 'publish', 'publish_done');
    expect(receiver.told('dead')).toEqual([]);
    await until('the queue is counted', async () => ((await server.metric('headwater_callback_queue')) ?? 0) >= 16);
  });

  it('and is taken out of the rules leaves dead letters that the API shows', async () => {
    await server.setRules(rules());
    const letters = () => server.api<Page>('/deliveries?state=dead&endpoint=dead');
    await until('dead letters', async () => (await letters()).deliveries.length >= 16, 90_000);
    for (const each of (await letters()).deliveries) {
      expect(each).toMatchObject({ endpoint: 'dead', lastError: expect.stringContaining('rules') });
    }
    await until('they are counted', async () => ((await server.metric('headwater_callback_dead_letters')) ?? 0) >= 16);
    await until('the queue is empty', async () => (await server.metric('headwater_callback_queue')) === 0, 60_000);
  });
});
