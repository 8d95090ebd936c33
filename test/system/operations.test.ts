import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { RulesInput } from '../../src/rules/index.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { http } from '../support/http.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { view } from '../support/viewer-doors.ts';

type Frame = {
  readonly type: 'event' | 'cursor';
  readonly cursor: number;
  readonly event?: { readonly kind: string; readonly app: string; readonly stream: string };
};

type Session = { readonly stream: string; readonly endedAt?: string };
type Use = { readonly used: number };
type Limits = { readonly app?: string; readonly ingestMbps: Use; readonly egressMbps: Use };
type Ladder = {
  readonly app: string;
  readonly transcoding?: { readonly renditions: readonly { readonly template: string; readonly state: string }[] };
};
type State = { readonly lastSession?: Session; readonly online?: { readonly tracks: readonly object[] } };
type History = { readonly sessions: readonly Session[]; readonly nextCursor?: string };

const LIMITED = { ...OPEN_DOMAIN, name: 'few.test' };
const RULES: RulesInput = {
  domains: [
    OPEN_DOMAIN,
    {
      ...LIMITED,
      limits: { transcodes: 1 },
      apps: [
        { app: 'in', limits: { ingestMbps: 0.01 } },
        { app: 'out', limits: { egressMbps: 0.01 } },
        { app: 'few', limits: { publishers: 1, viewers: 1 } },
      ],
    },
  ],
  streams: [{ match: { domain: 'few.test', app: 'ladder' }, transcode: { templates: ['lld', 'lsd'], lazy: false } }],
};
const PASSWORD = 'correct horse battery';
const sockets: WebSocket[] = [];

let server: Headwater;
let flv: MadeFlv;

beforeAll(async () => {
  [server, flv] = await Promise.all([
    startHeadwater({ rules: RULES }),
    makeFlv({ seconds: 2, gop: 30, size: '320x180' }),
  ]);
  await until('the database is ready', async () => {
    const { database } = await server.api<{ database: { state: string } }>('/health');
    return database.state === 'ready';
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await server?.stop();
  await flv?.remove();
});

const address = (query = '', path = '/api/v1/events/stream') => `ws://127.0.0.1:${server.controlPort}${path}?${query}`;
const asAdmin = () => ({ authorization: `Bearer ${server.secrets.adminPassword}` });

async function follow(query = '', headers: Record<string, string> = asAdmin()) {
  const socket = new WebSocket(address(query), { headers });
  sockets.push(socket);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await once(socket, 'open');
  await until('the first cursor', () => frames.length > 0);
  const kinds = () => frames.flatMap(({ event }) => (event ? [`${event.stream} ${event.kind}`] : []));
  return { socket, frames, kinds };
}

/** The status and code of a refusal. */
async function refused(url: string, headers: Record<string, string> = {}): Promise<[number | undefined, string]> {
  const socket = new WebSocket(url, { headers });
  sockets.push(socket);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, (JSON.parse(text) as { code: string }).code];
}

async function publish(name: string): Promise<void> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: name });
  const playing = playForEver(publisher, flv.tags);
  const [app, stream] = name.split('/');
  await until(`${name} is told of`, async () => {
    const { events } = await server.api<{ events: { app: string; stream: string }[] }>('/events?after=0');
    return events.some((event) => event.app === app && event.stream === stream);
  });
  await playing.stop();
  await publisher.unpublish();
}

async function newUser(name: string, resources: string[]): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const post = <T>(path: string, body: object) =>
    server.api<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
  await post('/users', { name, password: PASSWORD, grants: [{ role: 'monitor', resources }] });
  const answer = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/login`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ user: name, password: PASSWORD }) },
  });
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

const own = (cookie: string) => ({ cookie, origin: `http://127.0.0.1:${server.controlPort}` });

describe('events by WebSocket', () => {
  it('come as they happen, as far as the query and the policy go, and go on from a cursor', async () => {
    const cookie = await newUser('eve', ['app/default/other']);
    const all = await follow();
    const starts = await follow('kinds=publish,stream_ended&app=live');
    const eve = await follow('', own(cookie));
    await publish('live/one');
    await until('the end of it', () => all.kinds().includes('one stream_ended'));
    const first = all.kinds();
    expect(first).toEqual(['one publish', 'one publish_done', 'one stream_ended']);
    await publish('other/two');
    await until('what eve may see', () => eve.kinds().includes('two stream_ended'));
    expect(eve.kinds()).toEqual(['two publish', 'two publish_done', 'two stream_ended']);
    expect(eve.frames.some(({ type, cursor }) => type === 'cursor' && cursor > eve.frames[0]!.cursor)).toBe(true);
    await until('the other stream', () => all.kinds().length === 6);
    expect(starts.kinds()).toEqual(['one publish', 'one stream_ended']);

    const cursors = all.frames.flatMap(({ type, cursor }) => (type === 'event' ? [cursor] : []));
    const again = await follow(`after=${cursors[1]}`);
    await until('the rest', () => again.kinds().length === 4);
    expect(again.frames.flatMap(({ type, cursor }) => (type === 'event' ? [cursor] : []))).toEqual(cursors.slice(2));
  });

  it('are for those who may, from the page that they belong to', async () => {
    const cookie = await newUser('mallory', ['*']);
    expect(await refused(address())).toEqual([403, 'FOREIGN_ORIGIN']);
    expect(await refused(address(), { cookie, origin: 'http://evil.example' })).toEqual([403, 'FOREIGN_ORIGIN']);
    expect(await refused(address(), own('headwater_session=x'))).toEqual([401, 'NOT_LOGGED_IN']);
    expect(await refused(address(), { authorization: 'Basic eDp5' })).toEqual([401, 'NOT_LOGGED_IN']);
    for (const bad of ['after=-1', 'after=1e99', 'kinds=', 'colour=red']) {
      expect([bad, ...(await refused(address(bad), own(cookie)))]).toEqual([bad, 400, 'BAD_REQUEST']);
    }
    expect(await refused(address('', '/api/v1/streams'), own(cookie))).toEqual([404, 'NOT_FOUND']);
  });

  it('end with the session', async () => {
    const cookie = await newUser('trent', ['*']);
    const { socket } = await follow('', own(cookie));
    const closed = once(socket, 'close');
    await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/logout`, { method: 'POST', headers: { cookie } });
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4001, 'SESSION_ENDED']);
  });
});

describe('a stream and its history', () => {
  it('are told while it is on, when it is over, and while it is blocked', async () => {
    const at = '/streams/default/live/known';
    expect(await server.api(`${at}/state`)).toEqual({
      ...{ domain: 'default', app: 'live', stream: 'known', state: 'offline', isHistoryKnown: true },
    });
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/known' });
    const playing = playForEver(publisher, flv.tags);
    const viewer = await FlvViewer.open(`${server.playback}/live/known.flv`);
    const state = await until('its publish is written down', async () => {
      const now = await server.api<State>(`${at}/state`);
      return now.lastSession && now.online?.tracks.length === 2 && now;
    });
    expect(state).toMatchObject({
      state: 'online',
      online: {
        viewers: { flv: 1, hls: 0 },
        publisher: { address: '127.0.0.1' },
        health: { status: expect.any(String) },
      },
      lastSession: { stream: 'known', address: '127.0.0.1', width: 320 },
    });
    expect(state.lastSession?.endedAt).toBeUndefined();
    const { viewers } = await server.api<{ viewers: object[] }>(`${at}/viewers?door=flv`);
    expect(viewers).toEqual([
      expect.objectContaining({ door: 'flv', plays: 'known', address: '127.0.0.1', openedAt: expect.any(String) }),
    ]);
    expect(await server.api('/viewers')).toEqual({
      streams: [
        {
          ...{ domain: 'default', app: 'live', stream: 'known', total: 1 },
          viewers: { flv: 1, wsFlv: 0, rtmp: 0, hls: 0 },
        },
      ],
    });
    const headers = { 'content-type': 'application/json' };
    const block = { app: 'live', stream: 'known', reason: 'not today' };
    await server.api('/blocks', { method: 'POST', headers, body: JSON.stringify(block) });
    const over = await until('its end is written down', async () => {
      const now = await server.api<State>(`${at}/state`);
      return now.lastSession?.endedAt !== undefined && now;
    });
    expect(over).toMatchObject({
      blocked: { reason: 'not today', by: 'admin', until: expect.any(String) },
      lastSession: { endReason: 'blocked', durationSeconds: expect.any(Number) },
    });
    await playing.stop();
    await viewer.close();
  });

  it('is listed from the newest back, for those who may see it', async () => {
    const { sessions } = await server.api<History>('/history?app=live');
    expect(sessions.map(({ stream }) => stream)).toEqual(['known', 'one']);
    const first = await server.api<History>('/history?limit=1');
    const second = await server.api<History>(`/history?limit=1&cursor=${first.nextCursor}`);
    expect([...first.sessions, ...second.sessions].map(({ stream }) => stream)).toEqual(['known', 'two']);
    expect(await server.api<History>('/history?state=open')).toEqual({ sessions: [] });
    expect((await server.api<History>('/history?until=2020-01-01T00:00:00Z')).sessions).toEqual([]);
    const cookie = await newUser('walter', ['app/default/other']);
    const answer = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/history`, { headers: { cookie } });
    expect(((await answer.json()) as History).sessions.map(({ stream }) => stream)).toEqual(['two']);
    for (const bad of ['since=yesterday', 'colour=red', 'limit=0', 'cursor=eyJhdCI6IngifQ']) {
      await expect(server.api(`/history?${bad}`)).rejects.toThrow('400');
    }
  });
});

describe('limits', () => {
  const push = async (path: string) => {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `${path}?vhost=few.test` });
    const playing = playForEver(publisher, flv.tags);
    return async () => {
      await playing.stop();
      await publisher.unpublish();
    };
  };
  const used = async (app: string) => {
    const { limits } = await server.api<{ limits: Limits[] }>('/limits?domain=few.test');
    return limits.find((each) => each.app === app)!;
  };
  const watch = (path: string) => FlvViewer.open(`${server.playback}/${path}.flv`, { host: 'few.test' });

  it('of an app refuse whoever is one too many, with the reason, and end nobody', async () => {
    const stopFirst = await push('few/one');
    await expect(push('few/two')).rejects.toThrow('limit of 1 publishers reached in the app few');
    const stopIn = await push('in/one');
    await until('it is measured', async () => (await used('in')).ingestMbps.used >= 0.01);
    await expect(push('in/two')).rejects.toThrow(/the app in takes in [\d.]+ of 0.01 Mb\/s/);
    await until('it is a metric', async () => {
      const text = await (await fetch(`http://127.0.0.1:${server.controlPort}/metrics`)).text();
      return /headwater_limit_used\{domain="few.test",app="in",what="ingestMbps"\} 0\.\d/.test(text);
    });
    expect(await used('few')).toMatchObject({ publishers: { used: 1, limit: 1 }, viewers: { used: 0, limit: 1 } });
    const { streams } = await server.api<{ streams: { app: string; state: string }[] }>('/streams');
    expect(streams.filter(({ app }) => app === 'in')).toMatchObject([{ state: 'publishing' }]);
    await stopFirst();
    await stopIn();
  });

  it('of what is sent to viewers refuse the next one and leave the others', async () => {
    const stop = await push('out/one');
    const first = await watch('out/one');
    await until('it is measured', async () => (await used('out')).egressMbps.used >= 0.01);
    const refusal = await http(`${server.playback}/out/one.flv`, { host: 'few.test' });
    expect([refusal.status, JSON.parse(refusal.text)]).toEqual([
      503,
      expect.objectContaining({
        code: 'EGRESS_LIMIT',
        title: expect.stringMatching(/^the app out sends [\d.]+ of 0.01 Mb/),
      }),
    ]);
    const before = first.tags.length;
    await until('the first goes on', () => first.tags.length > before + 5);
    await first.close();
    await stop();
  });

  it('of renditions leave out those that are too many until there is room', async () => {
    const stop = await push('ladder/one');
    const renditions = async () => {
      const { streams } = await server.api<{ streams: Ladder[] }>('/streams');
      return streams.find(({ app }) => app === 'ladder')?.transcoding?.renditions ?? [];
    };
    await until('one is live', async () => (await renditions()).some(({ state }) => state === 'live'));
    expect(await renditions()).toMatchObject([
      { template: 'lld', state: 'live' },
      { template: 'lsd', state: 'failed', isHeldBack: true, reason: expect.stringContaining('limit of 1 renditions') },
    ]);
    const told = { code: 'TRANSCODE_LIMIT', title: expect.stringMatching(/^the domain few.test has its limit of 1/) };
    for (const file of ['one_lsd.flv', 'one_lsd.m3u8']) {
      const { status, text } = await http(`${server.playback}/ladder/${file}`, { host: 'few.test' });
      expect([file, status, JSON.parse(text)]).toEqual([file, 503, expect.objectContaining(told)]);
    }
    const explained = await server.api('/explain', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ url: 'http://few.test/ladder/one_lsd.flv' }),
    });
    expect(explained).toMatchObject({
      verdict: { ok: false, code: 'TRANSCODE_LIMIT', sentence: expect.stringContaining('limit of 1 renditions') },
      remedy: expect.stringContaining('limits.transcodes'),
    });
    expect((await view(server, 'rtmp', { name: 'ladder/one_lsd', host: 'few.test' })).answer).toMatch(
      /limit of 1 renditions/,
    );
    const [domain] = RULES.domains!.slice(1);
    await server.setRules({ ...RULES, domains: [OPEN_DOMAIN, { ...domain!, limits: { transcodes: 2 } }] });
    await until('both are live', async () => (await renditions()).every(({ state }) => state === 'live'));
    await stop();
  });
});

describe('the end of the server', () => {
  it('ends what follows its events', async () => {
    const { socket } = await follow();
    const closed = once(socket, 'close');
    expect(await server.child.stop('SIGTERM')).toBe(0);
    expect((await closed)[0]).toBe(1001);
  });
});
