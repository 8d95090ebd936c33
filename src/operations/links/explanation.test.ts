import { describe, expect, it } from 'vitest';
import { Access } from '../../access/index.ts';
import { CompiledRules, rulesSchema } from '../../rules/index.ts';
import { explanationOf, type Report, reportText, type ServerFacts } from './explanation.ts';
import { readStreamUrl } from './stream-url.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const STREAM_KEY = 'a-stream-key-of-obs-1';
const rules = new CompiledRules(
  rulesSchema.parse({
    domains: [{ name: 'default', push: { auth: { type: 'type_a', key1: 'push-key-1234567' } } }],
    streamKeys: [{ id: 'obs', key: STREAM_KEY }],
  }),
);
const here: ServerFacts = { clockDifferenceMs: 0, stream: undefined, port: 8080 };
const live: ServerFacts = { ...here, stream: { state: 'publishing', publisher: '10.0.0.1' } };

async function report(text: string, server: ServerFacts | undefined): Promise<Report> {
  const url = readStreamUrl(text, rules);
  const access = new Access({
    rules: () => rules,
    nowMs: () => NOW + (server?.clockDifferenceMs ?? 0),
    sessionTokenKeys: { current: Buffer.alloc(32) },
  });
  const { domain, protocol, app, stream, path, query } = url;
  const request = { domain, protocol, app, stream, path, query, address: '127.0.0.1' };
  return explanationOf(url, await access.explain(request), server, NOW);
}

const PLAY = 'http://h:8080/live/demo.flv';
const PUSH = `rtmp://h:8080/live/demo?key=${STREAM_KEY}`;
const EXPIRED = 'rtmp://h:8080/live/demo?auth_key=1000000000-0-0-00000000000000000000000000000000';

describe('explanationOf', () => {
  it.each<[string, string, ServerFacts | undefined, string]>([
    ['a stream that plays', PLAY, live, 'OK'],
    ['a stream that is not live', PLAY, here, 'STREAM_NOT_LIVE'],
    ['a server that does not run', PLAY, undefined, 'SERVER_NOT_RUNNING'],
    ['a push under a free name', PUSH, here, 'OK'],
    ['a push under a name that waits for its publisher', PUSH, { ...here, stream: { state: 'waiting' } }, 'OK'],
    ['a push under a name that is taken', PUSH, live, 'STREAM_BUSY'],
    ['an expired push', EXPIRED, here, 'SIGNATURE_EXPIRED'],
    ['an expired push to a server that does not run', EXPIRED, undefined, 'SIGNATURE_EXPIRED'],
  ])('%s', async (_what, text, server, code) => {
    const { verdict, remedy } = await report(text, server);
    expect(verdict).toMatchObject({ code, ok: code === 'OK' });
    expect(remedy).not.toBe('');
  });

  it('does not call a signature failed where the stream key lets in', async () => {
    const { steps } = await report(PUSH, here);
    expect(steps.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(steps.find(({ name }) => name === 'signature')?.status).toBe('note');
  });

  it('tells of clocks that differ, and lets them be set right first', async () => {
    const { steps, remedy } = await report(EXPIRED, { ...here, clockDifferenceMs: 600_000 });
    expect(steps.find(({ name }) => name === 'clock')).toMatchObject({ status: 'note' });
    expect(steps.find(({ name }) => name === 'clock')?.detail).toContain("the server's is 10 min ahead of it");
    expect(remedy).toContain('clocks');
  });

  it('tells of a port that is not the door of the protocol', async () => {
    const { steps } = await report('http://h:1935/live/demo.flv', live);
    expect(steps.find(({ name }) => name === 'port')).toMatchObject({ status: 'note' });
    expect((await report(PLAY, live)).steps.some(({ name }) => name === 'port')).toBe(false);
  });

  it('says that an RTMP URL may be for playing too, where nothing tells which', async () => {
    const purpose = async (text: string) => (await report(text, live)).steps.find(({ name }) => name === 'purpose');
    expect(await purpose('rtmp://h:8080/live/demo')).toMatchObject({
      status: 'note',
      detail: expect.stringContaining('--play'),
    });
    expect(await purpose(PUSH)).toBeUndefined();
    expect(await purpose(PLAY)).toBeUndefined();
  });

  it('shows no key', async () => {
    const text = `${reportText(await report(PUSH, live))}${reportText(await report(EXPIRED, live))}`;
    expect(text).not.toContain(STREAM_KEY);
    expect(text).not.toContain('push-key');
    expect(text).toContain('/live/demo-1000000000-0-0-***');
  });
});
