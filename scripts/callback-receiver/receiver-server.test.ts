import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  apsaraCallback,
  type CallbackRequest,
  callbackSender,
  type Endpoint,
  type StreamEvent,
  standardWebhook,
} from '../../src/notify/index.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { ReceivedCallback } from './received.ts';
import { ReceiverServer, type ReceiverServerOptions } from './receiver-server.ts';
import { ruleLines } from './rule-lines.ts';

const KEY = '0123456789abcdef';
const event: StreamEvent = {
  id: '3c9a4f0e-7a59-8aaa-a111-000000000001',
  kind: 'publish',
  sessionId: 's1',
  domain: 'play.example.com',
  ingestDomain: 'push.example.com',
  app: 'live',
  stream: '<b>ü</b>',
  atMs: 1_609_220_385_900,
  data: { query: 'callback_a=1' },
};

const sender = callbackSender();
const open: ReceiverServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((receiver) => receiver.close()));
});

async function start(options: Partial<ReceiverServerOptions> = {}) {
  const settings = { address: '127.0.0.1', port: 0, failures: 0, failureStatus: 500, wantsRecording: false };
  const receiver = await ReceiverServer.start({ ...settings, keys: [KEY], ...options });
  open.push(receiver);
  const endpoint: Endpoint = {
    id: 'e',
    url: `${receiver.url}/cb`,
    form: 'json',
    key: KEY,
    setBy: 'administrator',
  };
  const send = async (callback: CallbackRequest) =>
    (await sender.send(callback, 'administrator', AbortSignal.timeout(5000))).status;
  const list = async () => {
    const answer = await fetch(`${receiver.url}/events.json`);
    return (await answer.json()) as { count: number; events: ReceivedCallback[] };
  };
  return { receiver, endpoint, send, list };
}

describe('ReceiverServer', () => {
  it('lists what our sender sends, in either form, with valid signatures', async () => {
    const { endpoint, send, list } = await start();
    const done: StreamEvent = { ...event, id: 'done', kind: 'publish_done', atMs: event.atMs + 5000 };
    for (const each of [event, done]) {
      expect(await send(standardWebhook(each, endpoint, Date.now()))).toBe(200);
      expect(await send(apsaraCallback(each, { ...endpoint, url: `${endpoint.url}-apsara` }, Date.now()))).toBe(200);
    }
    const { count, events } = await list();
    expect(count).toBe(4);
    expect(events.map(({ number, event: name }) => `${number} ${name}`)).toEqual([
      '1 publish',
      '2 publish',
      '3 publish_done',
      '4 publish_done',
    ]);
    for (const { signature, stream, app, isLate, attempt } of events) {
      expect([signature.verdict, app, stream, isLate, attempt]).toEqual(['valid', 'live', '<b>ü</b>', false, 1]);
    }
    expect(events.map(({ domain }) => domain).slice(0, 2)).toEqual(['play.example.com', 'push.example.com']);
    expect(events[0]).toMatchObject({ method: 'POST', target: '/cb', happenedAtMs: event.atMs, answer: 200 });
    expect(events[1]?.target).toContain('action=publish&');
  });

  it('reads snapshots and recordings', async () => {
    const { endpoint, send, list } = await start();
    const snapshot = {
      storage: 's',
      endpoint: '',
      bucket: 'b',
      object: 'a.jpg',
      takenAtMs: 1_609_220_385_123,
      overwrites: false,
      sizeBytes: 1,
      sha256: '',
    };
    await send(apsaraCallback({ ...event, kind: 'snapshot', data: { snapshot } }, endpoint, Date.now()));
    const started = { ...event, kind: 'record_started' as const, data: {} };
    const file = {
      storage: 's',
      object: 'a.mp4',
      format: 'mp4',
      durationMs: 1500,
      startMs: 1_488_985_786_000,
    } as const;
    const recording = { ...file, endMs: 1_488_985_840_000, sizeBytes: 1, pushArgs: {} };
    for (const each of [started, { ...event, kind: 'record_file' as const, data: { recording } }, started]) {
      await send(apsaraCallback(each as StreamEvent, endpoint, Date.now()));
    }
    const { events } = await list();
    const names = { domain: 'play.example.com', app: 'live', stream: event.stream, attempt: 1 };
    expect(events).toMatchObject([
      { ...names, event: 'snapshot', happenedAtMs: 1_609_220_385_123 },
      { ...names, event: 'record_started' },
      { ...names, event: 'record_file', happenedAtMs: 1_488_985_840_000 },
      { ...names, event: 'record_started' },
    ]);
    for (const { signature } of events) expect(signature.verdict).toBe('valid');
  });

  it('refuses each callback as often as it was told, and counts the tries', async () => {
    const { endpoint, send, list } = await start({ failures: 2, failureStatus: 503 });
    const webhook = () => standardWebhook(event, endpoint, Date.now());
    const status = () => apsaraCallback(event, endpoint, Date.now());
    const bare = () => apsaraCallback({ ...event, kind: 'record_started', data: {} }, endpoint, Date.now());
    const answers: number[] = [];
    for (const make of [webhook, webhook, status, webhook, status, status, webhook, bare, bare, bare, bare])
      answers.push(await send(make()));
    expect(answers).toEqual([503, 503, 503, 200, 503, 200, 200, 503, 503, 200, 503]);
    const { events } = await list();
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 3, 2, 3, 4, 1, 2, 3, 1]);
  });

  it('says what comes out of order, of one stream at one endpoint', async () => {
    const { endpoint, send, list } = await start();
    const at = (seconds: number, fields: Partial<StreamEvent> = {}): StreamEvent => ({
      ...event,
      id: `${seconds} ${fields.stream}`,
      atMs: seconds * 1000,
      ...fields,
    });
    for (const each of [at(10), at(12), at(11), at(5, { stream: 'other' }), at(12), at(10)]) {
      await send(standardWebhook(each, endpoint, Date.now()));
    }
    await send(standardWebhook(at(1), { ...endpoint, url: `${endpoint.url}/2` }, Date.now()));
    const { events } = await list();
    expect(events.map(({ isLate }) => isLate)).toEqual([false, false, true, false, false, false, false]);
  });

  it('keeps the last 1000, and little of long bodies', async () => {
    const { receiver, list } = await start();
    const post = (body: string) => fetch(`${receiver.url}/cb`, { method: 'POST', body });
    for (let number = 1; number <= 1010; number++) await post(String(number));
    await post('x'.repeat(100_000));
    expect((await post('x'.repeat(1_048_577)).catch(() => ({ status: 413 }))).status).toBe(413);
    const { count, events } = await list();
    expect([count, events.length, events[0]?.body]).toEqual([1011, 1000, '12']);
    expect([events[999]?.body.length, events[999]?.bodyBytes]).toEqual([16_384, 100_000]);
  });

  it('answers whether to record, and what it does not know', async () => {
    const { receiver, list } = await start({ wantsRecording: true });
    const asked = await fetch(`${receiver.url}/?app=live&domain=d&stream=s&vbitrate=2000&codec=h264`);
    expect(await asked.json()).toEqual({ ApiVersion: '1.0', NeedRecord: true });
    expect((await fetch(`${receiver.url}/x`, { method: 'POST', body: '[1' })).status).toBe(200);
    expect((await fetch(`${receiver.url}/x`, { method: 'DELETE' })).status).toBe(405);
    const { events } = await list();
    expect(events.map(({ event: name }) => name)).toEqual(['record_question', '']);
  });

  it('tells an open page, and one that comes back what it missed', async () => {
    const { receiver, endpoint, send } = await start();
    const message = async (headers: Record<string, string>, wanted: number) => {
      const stop = new AbortController();
      const { body } = await fetch(`${receiver.url}/events`, { headers, signal: stop.signal });
      let text = '';
      for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (text.split('data: {').length > wanted) break;
      }
      stop.abort();
      return text;
    };
    await send(standardWebhook(event, endpoint, Date.now()));
    const first = await message({}, 1);
    expect(first).toContain('event: begin');
    const id = /^id: (.+)$/m.exec(first)?.[1] ?? '';
    await send(standardWebhook({ ...event, id: 'second' }, endpoint, Date.now()));
    const missed = await message({ 'last-event-id': id }, 1);
    expect(missed).not.toContain('begin');
    expect(missed).toContain('"number":2');
    expect(await message({ 'last-event-id': '1-7' }, 2)).toContain('event: begin');
  });

  it('ends with its pages open', async () => {
    const { receiver } = await start();
    const { body } = await fetch(`${receiver.url}/events`);
    const ended = (async () => {
      for await (const _ of body!);
    })();
    await Promise.all([receiver.close(), ended]);
    await receiver.close();
  });
});

it('the server of the page answers with a policy that lets no other script run', async () => {
  const { receiver } = await start();
  const answer = await fetch(receiver.url);
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(await answer.text()).not.toMatch(/https?:/);
});

it('the lines that are printed are rules', () => {
  expect(compileRules(parse(ruleLines('http://127.0.0.1:8099', KEY)))).toMatchObject({ ok: true });
});
