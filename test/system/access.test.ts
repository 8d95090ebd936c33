import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { type DomainInput, signer } from '../support/access-rules.ts';
import { codeAt, http } from '../support/http.ts';
import { type Headwater, start, startHeadwater, testPictureArgs, until, untilLive } from '../support/index.ts';
import { type MadeFlv, makeFlv, NO_DATABASE, playForEver, RtmpPublisher, RtmpRefused } from '../support/peers.ts';
import { DOORS, type Door, type Viewing, view, type Wanted } from '../support/viewer-doors.ts';

const KEYS = {
  pushMain: 'pushMainKey0123456789abc',
  pushBackup: 'pushBackupKey0123456789a',
  playMain: 'playMainKey0123456789abc',
  playBackup: 'playBackupKey0123456789a',
  otherMain: 'otherMainKey0123456789ab',
  cdnKey: 'cdnKey0123456789abcdefgh',
  studio: 'studioStreamKey0123456789',
  guest: 'guestStreamKey0123456789a',
} as const;

const PUSH = { type: 'type_a', key1: KEYS.pushMain, key2: KEYS.pushBackup, validitySeconds: 600 } as const;
const PLAY = { type: 'type_a', key1: KEYS.playMain, key2: KEYS.playBackup, validitySeconds: 600 } as const;
const OTHER = { type: 'type_a', key1: KEYS.otherMain } as const;
const TYPE_B = { type: 'type_b', key1: KEYS.cdnKey } as const;
const TYPE_C = { type: 'type_c', key1: KEYS.cdnKey } as const;

let server: Headwater;
let picture: MadeFlv;
let authServer: Server;
let asked: (string | undefined)[] = [];
const publishers: RtmpPublisher[] = [];
const cleanups: (() => unknown)[] = [];

/** All domains of the tests; each host is `{name}`, and everything may be pushed to all but `signed.test`. */
function domains(authUrl: string): DomainInput[] {
  const play = (name: string, rule: DomainInput['play'], rest: Partial<DomainInput> = {}): DomainInput => ({
    name,
    play: rule,
    ...rest,
  });
  return [
    play('default', {}),
    { name: 'signed.test', ingest: ['push.signed.test'], push: { auth: PUSH }, play: { auth: PLAY } },
    play('other.test', { auth: OTHER }),
    play('b.test', { auth: TYPE_B }),
    play('c.test', { auth: TYPE_C }),
    play('lists.test', {
      ip: { mode: 'allow', list: ['127.0.0.1', '192.0.2.0/24'] },
      referer: { mode: 'deny', list: ['bad.test'], allowEmpty: true },
      userAgent: { mode: 'deny', list: ['*crawler*'] },
    }),
    play('country.test', { country: { mode: 'allow', list: ['DE'] } }),
    play('hls.test', { protocols: ['hls'] }),
    play('once.test', { auth: OTHER, singleUse: true }),
    play('uid.test', { auth: OTHER, sessionsPerUid: 1 }),
    play('few.test', {}, { limits: { viewers: 2 } }),
    play('address.test', {}, { limits: { viewersPerAddress: 1 } }),
    play('one-publisher.test', {}, { limits: { publishers: 1 } }),
    play('one-each.test', {}, { limits: { publishersPerAddress: 1 } }),
    play('remote.test', { remoteAuth: { url: authUrl, timeoutMs: 3000 } }),
    play('forbidden.test', { remoteAuth: { url: authUrl.replace('127.0.0.1', '0.0.0.0'), timeoutMs: 3000 } }),
    play('down.test', { remoteAuth: { url: 'http://127.0.0.1:1/', timeoutMs: 500 } }),
    {
      name: 'remote-push.test',
      push: { remoteAuth: { url: authUrl, timeoutMs: 3000 } },
    },
  ];
}

function rules(authUrl: string, changes: Partial<RulesInput> = {}): RulesInput {
  return {
    unknownHosts: 'refuse',
    domains: domains(authUrl),
    streams: [
      { publish: { waitSeconds: 0 } },
      { match: { stream: 'full' }, delivery: { maxViewers: 1 } },
      { match: { domain: 'signed.test' }, channelList: { enabled: true } },
    ],
    streamKeys: [
      { id: 'studio', key: KEYS.studio, match: { domain: 'signed.test', app: 'live', stream: 'studio*' } },
      { id: 'guest', key: KEYS.guest, match: { domain: 'signed.test', app: 'live', stream: 'guest' } },
    ],
    ...changes,
  };
}

let authUrl = '';

beforeAll(async () => {
  authServer = createServer((request, response) => {
    asked.push(request.headers['x-headwater-path'] as string | undefined);
    response.writeHead(request.url?.includes('pass=yes') ? 200 : 403).end();
  }).listen(0, '127.0.0.1');
  await until('the authentication server listens', () => authServer.listening);
  authUrl = `http://127.0.0.1:${(authServer.address() as AddressInfo).port}/auth`;
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await startHeadwater({
    rules: rules(authUrl),
    env: { ...NO_DATABASE, HEADWATER_TRUSTED_PROXIES: '127.0.0.1', HEADWATER_COUNTRY_HEADER: 'X-Country' },
  });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.drop();
  authServer?.close();
  await server?.stop();
  await picture?.remove();
});

/** What an encoder hears: `publishing`, or the code and reason of the refusal. */
async function push(host: string, name: string, sign: (path: string) => string = (path) => path): Promise<string> {
  const [path = '', query] = sign(`/${name}`).split('?');
  const slash = path.lastIndexOf('/');
  const app = path.slice(1, slash);
  const streamName = path.slice(slash + 1) + (query === undefined ? '' : `?${query}`);
  const publisher = new RtmpPublisher({
    port: server.rtmpPort,
    path: '',
    split: { tcUrl: `rtmp://${host}/${app}`, app, streamName },
  });
  try {
    await publisher.published();
  } catch (error) {
    if (!(error instanceof RtmpRefused)) throw error;
    const [status] = error.statuses;
    return status ? `${status.code}: ${status.description.split('. ')[0]}` : 'closed without a word';
  }
  publishers.push(publisher);
  playForEver(publisher, picture.tags);
  return 'publishing';
}

const live = new Set<string>();

/** A stream that is there from here on. */
async function liveAt(host: string, name = 'live/one'): Promise<void> {
  if (live.has(host + name)) return;
  live.add(host + name);
  const [to, sign] = host === 'signed.test' ? ['push.signed.test', signer(PUSH)] : [host, undefined];
  expect(await push(to, name, sign)).toBe('publishing');
  await until(`${host} ${name} is live`, async () => {
    type Streams = { streams: { domain: string; app: string; name: string; tracks: unknown[] }[] };
    const { streams } = await server.api<Streams>('/streams');
    return streams.some(
      (each) => each.domain === host && `${each.app}/${each.name}` === name && each.tracks.length > 1,
    );
  });
}

async function see(door: Door, wanted: Wanted): Promise<Viewing> {
  const viewing = await view(server, door, wanted);
  cleanups.push(() => viewing.close());
  return viewing;
}

const answerAt = async (door: Door, wanted: Wanted) => (await see(door, wanted)).answer;

describe('type A for viewers', () => {
  const host = 'signed.test';
  const name = 'live/one';

  describe.each(DOORS)('at the door of %s', (door) => {
    it.each([
      ['the main key', signer(PLAY), 'playing'],
      ['the backup key', signer(PLAY, { keyName: 'backup' }), 'playing'],
      ['a time that is valid for a moment more', signer(PLAY, { signedInSeconds: -590 }), 'playing'],
      ['a time that lies ahead', signer(PLAY, { signedInSeconds: 86_400 }), 'playing'],
      ['a time that expired', signer(PLAY, { signedInSeconds: -602 }), 'INVALID TIMESTAMP'],
      ["another domain's key", signer(OTHER), 'INVALID MD5HASH'],
      ["the encoders' key", signer(PUSH), 'INVALID MD5HASH'],
      ['no signature', (path: string) => path, 'INVALID AUTH_KEY'],
      ['half a signature', (path: string) => `${path}?auth_key=1-2`, 'INVALID AUTH_KEY'],
      ['the signature of another path', () => '', 'INVALID MD5HASH'],
    ])('%s', async (_, sign, expected) => {
      await liveAt(host, name);
      const borrowed = (path: string) => `${path}?${signer(PLAY)('/live/two').split('?')[1]}`;
      const viewing = await see(door, { host, name, sign: sign('/') === '' ? borrowed : sign });
      expect(viewing.answer).toBe(expected);
      if (expected !== 'playing' && door !== 'rtmp') expect(viewing.status).toBe(403);
    });
  });

  it('B29 covers what a playlist names, and no more', async () => {
    await liveAt(host, name);
    const base = `${server.playback}${signer(PLAY)('/live/one.m3u8')}`;
    const { text } = await http(base, { host });
    const media = new URL(text.split('\n').find((line) => line.startsWith('one/')) ?? '', base).href;
    const uris = await until('it names segments and parts', async () => {
      const { status, text: playlist } = await http(media, { host });
      expect(status).toBe(200);
      const named = [...playlist.matchAll(/URI="([^"]+)"/g)].map(([, uri = '']) => uri);
      const all = [...named, ...playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'))];
      const kinds = [/^init-/, /^\d+\.m4s/, /^\d+\.\d+\.m4s/];
      return kinds.every((kind) => all.some((uri) => kind.test(uri))) && all;
    });
    for (const uri of uris) {
      const url = new URL(uri, media).href;
      expect([uri, (await http(url, { host })).status]).toEqual([uri, 200]);
      expect([uri, await codeAt(url.replace(/~[^/]*/, '~'), { host })]).toEqual([uri, 'SESSION_INVALID']);
    }
    expect(await codeAt(media.replace('/live/one/', '/live/two/'), { host })).toBe('SESSION_INVALID');
    expect(await codeAt(media.replace(/~[^/]*/, '~'), { host })).toBe('SESSION_INVALID');
    expect(await codeAt(media, { host: 'other.test' })).toBe('SESSION_INVALID');
  });
});

describe('what belongs to a signed stream', () => {
  const host = 'signed.test';
  const query = 'app=live&stream=one&start_time=1&end_time=9999999999';
  it.each([
    ['GET', '/live/one.jpg'],
    ['GET', '/live/one.vtt'],
    ['GET', '/live/one/~/sprite.vtt'],
    ['GET', '/live/one/~/sprite-1.jpg'],
    ['GET', '/live/one/~/chapters.vtt'],
    ['GET', '/live/one/~/main.m3u8'],
    ['GET', '/live/one/~/1.m4s'],
    ['GET', '/live/one/~/key-1.bin'],
    ['POST', '/live/one/clip'],
    ['POST', '/live/one/marker'],
    ['GET', `/openapi/timeline/query?${query}`],
    ['GET', '/live.m3u'],
  ])('is refused to who has no signature: %s %s', async (method, path) => {
    await liveAt(host);
    const { status, body, headers } = await http(`${server.playback}${path}`, { method, host });
    expect([status, headers['content-type']]).toEqual([403, 'application/problem+json']);
    expect(body.length).toBeLessThan(1000);
  });
});

describe('type A for encoders', () => {
  it.each([
    ['the main key', signer(PUSH), 'publishing'],
    ['the backup key', signer(PUSH, { keyName: 'backup' }), 'publishing'],
    ['a time that expired', signer(PUSH, { signedInSeconds: -602 }), 'NetStream.Publish.Denied: INVALID TIMESTAMP'],
    ["the viewers' key", signer(PLAY), 'NetStream.Publish.Denied: INVALID MD5HASH'],
    ['no signature', (path: string) => path, 'NetStream.Publish.Denied: INVALID AUTH_KEY'],
    ['a lasting key', (path: string) => `${path}?key=${KEYS.studio}`, 'publishing'],
    [
      "another stream's lasting key",
      (path: string) => `${path}?key=${KEYS.guest}`,
      'NetStream.Publish.Denied: stream key not known for this stream',
    ],
  ])('%s', async (what, sign, expected) => {
    const name = `live/studio-${what.replace(/\W/g, '')}`;
    expect(await push('push.signed.test', name, sign)).toBe(expected);
  });

  it('lets FFmpeg in by vhost=, as ApsaraVideo does', async () => {
    const path = signer(PUSH)('/live/vhost').replace('?', '?vhost=signed.test&');
    const ffmpeg = start('ffmpeg', [...testPictureArgs({ video: false }), '-f', 'flv', server.rtmp + path]);
    cleanups.push(() => ffmpeg.stop());
    await untilLive(server, 'live/vhost', ffmpeg);
  });
});

describe.each([
  ['type B', 'b.test', signer(TYPE_B)],
  ['type C in the path', 'c.test', signer(TYPE_C, { typeCIn: 'path' })],
  ['type C in the query', 'c.test', signer(TYPE_C, { typeCIn: 'query' })],
])('%s', (_, host, sign) => {
  it.each(['flv', 'ws-flv', 'hls'] as const)('lets in at the door of %s', async (door) => {
    await liveAt(host);
    expect(await answerAt(door, { host, name: 'live/one', sign })).toBe('playing');
    const forged = (path: string) => sign(path).replace(/[0-9a-f]{32}/, '0'.repeat(32));
    expect(await answerAt(door, { host, name: 'live/one', sign: forged })).toBe('INVALID MD5HASH');
    expect(await answerAt(door, { host, name: 'live/one' })).toBe('INVALID AUTH_KEY');
  });
});

describe('lists', () => {
  it.each([
    ['an address of the list', { 'x-forwarded-for': '192.0.2.7' }, 'playing'],
    ['an address behind two proxies', { 'x-forwarded-for': '203.0.113.9, 192.0.2.7, 127.0.0.1' }, 'playing'],
    ['another address', { 'x-forwarded-for': '203.0.113.9' }, 'address not allowed'],
    ['another address in Forwarded', { forwarded: 'for=203.0.113.9;proto=https' }, 'address not allowed'],
    ['a Referer', { referer: 'https://sub.bad.test/page' }, 'referer not allowed'],
    ['a User-Agent', { 'user-agent': 'A Crawler/1' }, 'user agent not allowed'],
    ['nothing of these', {}, 'playing'],
  ])('judge %s', async (_, headers, expected) => {
    await liveAt('lists.test');
    for (const door of ['flv', 'ws-flv', 'hls'] as const) {
      const wanted = { host: 'lists.test', name: 'live/one', headers: { ...headers } as Record<string, string> };
      expect(await answerAt(door, wanted)).toBe(expected);
    }
  });

  it('judge the country that a trusted proxy names', async () => {
    const host = 'country.test';
    await liveAt(host);
    const at = (headers: Record<string, string>) => answerAt('flv', { host, name: 'live/one', headers });
    expect(await at({ 'x-country': 'de' })).toBe('playing');
    expect(await at({ 'x-country': 'FR' })).toBe('country not allowed');
    expect(await at({})).toBe('country not allowed');
    expect(await answerAt('rtmp', { host, name: 'live/one' })).toBe('country not allowed');
  });

  it.each(DOORS)('of protocols judge %s', async (door) => {
    await liveAt('hls.test');
    const expected = door === 'hls' ? 'playing' : 'protocol not allowed';
    expect(await answerAt(door, { host: 'hls.test', name: 'live/one' })).toBe(expected);
  });
});

describe('how often and how many', () => {
  it.each(DOORS)('a signature for single use opens one session at the door of %s', async (door) => {
    const host = 'once.test';
    await liveAt(host);
    const path = `/live/one${{ flv: '.flv', 'ws-flv': '.flv', rtmp: '', hls: '.m3u8' }[door]}`;
    const signed = signer(OTHER, { uid: 'u1', rand: `once${door.replace('-', '')}` })(path);
    const sign = () => signed;
    if (door === 'flv') {
      const head = await http(server.playback + signed, { method: 'HEAD', host });
      expect(head.status).toBe(200);
    }
    const wanted = { host, name: 'live/one', sign };
    expect([await answerAt(door, wanted), await answerAt(door, wanted)]).toEqual(['playing', 'signature already used']);
  });

  it('sessions of one uid are limited', async () => {
    const host = 'uid.test';
    await liveAt(host);
    const by = (uid: string) => ({ host, name: 'live/one', sign: signer(OTHER, { uid }) });
    const first = await see('flv', by('u1'));
    expect(await answerAt('rtmp', by('u1'))).toContain('limit of 1');
    expect(await answerAt('hls', by('u1'))).toContain('limit of 1');
    expect(await answerAt('ws-flv', by('u2'))).toBe('playing');
    first.close();
    await until('there is room', async () => (await answerAt('flv', by('u1'))) === 'playing');
  });

  it.each([
    ['a domain', 'few.test', 'live/one', 2],
    ['a stream', 'default', 'live/full', 1],
  ])('viewers of %s are limited', async (_, host, name, limit) => {
    await liveAt(host, name);
    const wanted = host === 'default' ? { name, host } : { host, name };
    for (let count = 0; count < limit; count++) expect(await answerAt('flv', wanted)).toBe('playing');
    for (const door of DOORS) {
      const { answer, status } = await see(door, wanted);
      expect([answer, status]).toEqual([`limit of ${limit} viewers reached`, door === 'rtmp' ? 0 : 429]);
    }
  });

  it('viewers from one address are limited', async () => {
    const host = 'address.test';
    await liveAt(host);
    const from = (address: string) => ({ host, name: 'live/one', headers: { 'x-forwarded-for': address } });
    expect(await answerAt('flv', from('192.0.2.1'))).toBe('playing');
    expect(await answerAt('flv', from('192.0.2.1'))).toContain('limit of 1');
    expect(await answerAt('flv', from('192.0.2.2'))).toBe('playing');
    expect(await answerAt('flv', from('2001:db8::1'))).toBe('playing');
    expect(await answerAt('flv', from('2001:db8::2'))).toContain('limit of 1');
  });

  it.each(['one-publisher.test', 'one-each.test'])('publishers of %s are limited', async (host) => {
    expect(await push(host, 'live/first')).toBe('publishing');
    expect(await push(host, 'live/second')).toBe('NetStream.Publish.Denied: limit of 1 publishers reached');
    expect(await push(host, 'live/first')).toMatch(/^NetStream.Publish.BadName/);
  });
});

describe('remote authentication', () => {
  it.each(DOORS)('decides at the door of %s', async (door) => {
    await liveAt('remote.test');
    await liveAt('down.test');
    asked = [];
    const wanted = { host: 'remote.test', name: 'live/one' };
    expect(await answerAt(door, { ...wanted, sign: (path) => `${path}?pass=yes` })).toBe('playing');
    expect(await answerAt(door, { ...wanted, sign: (path) => `${path}?pass=no` })).toContain('refused by the remote');
    expect(asked[0]).toMatch(/^\/live\/one(\.flv|\.m3u8)?$/);
    const down = await see(door, { host: 'down.test', name: 'live/one' });
    expect(down.answer).toContain('no usable answer');
  });

  it('is not asked at addresses that nothing may be sent to', async () => {
    await liveAt('forbidden.test');
    asked = [];
    const seen = await see('flv', { host: 'forbidden.test', name: 'live/one', sign: (path) => `${path}?pass=yes` });
    expect(seen.answer).toContain('no usable answer');
    expect(asked).toEqual([]);
  });

  it('decides for encoders', async () => {
    expect(await push('remote-push.test', 'live/a', (path) => `${path}?pass=yes`)).toBe('publishing');
    expect(await push('remote-push.test', 'live/b')).toContain('refused by the remote');
  });
});

describe('domains', () => {
  it('of no name are refused where the rules say so', async () => {
    for (const door of DOORS) {
      expect(await answerAt(door, { host: 'unknown.test', name: 'live/one' })).toContain('no domain is configured');
    }
    expect(await push('unknown.test', 'live/one')).toContain('no domain is configured');
  });

  it('have streams of their own under the same name', async () => {
    await liveAt('few.test', 'same/name');
    expect(await answerAt('flv', { host: 'few.test', name: 'same/name' })).toBe('playing');
    expect(await answerAt('flv', { host: 'lists.test', name: 'same/name' })).toBe('the stream is not live');
    await liveAt('lists.test', 'same/name');
    type Streams = { streams: { domain: string; app: string }[] };
    const { streams } = await server.api<Streams>('/streams');
    const found = streams.filter(({ app }) => app === 'same').map(({ domain }) => domain);
    expect(found.toSorted()).toEqual(['few.test', 'lists.test']);
  });
});

describe('channel lists of signed domains', () => {
  it('need a signature, and give entries that are good as long as it', async () => {
    const host = 'signed.test';
    await liveAt(host);
    expect(await codeAt(`${server.playback}/live.m3u`, { host })).toBe('SIGNATURE_MISSING');
    const stolen = `${server.playback}/live.m3u?${signer(PLAY)('/live/one.m3u8').split('?')[1]}`;
    expect(await codeAt(stolen, { host })).toBe('SIGNATURE_INVALID');
    const base = server.playback + signer(PLAY, { signedInSeconds: -300 })('/live.m3u');
    const { status, text } = await http(base, { host });
    expect(status).toBe(200);
    const uri = text.split('\n').find((line) => line.startsWith('live/one.m3u8')) ?? '';
    expect((await http(new URL(uri, base).href, { host })).status).toBe(200);
    const signedAt = Number(/auth_key=(\d+)-/.exec(uri)?.[1]);
    expect(Math.abs(signedAt - (Date.now() / 1000 - 300))).toBeLessThan(30);
  });
});

describe('rules that change', () => {
  const host = 'signed.test';

  afterAll(async () => {
    await server.setRules(rules(authUrl));
  });

  it('end the sessions of a revoked uid at every door, and no others', async () => {
    await liveAt(host);
    const by = (uid: string) => ({ host, name: 'live/one', sign: signer(PLAY, { uid }) });
    const gone = await Promise.all(DOORS.map((door) => see(door, by('mallory'))));
    const kept = await Promise.all(DOORS.map((door) => see(door, by('alice'))));
    expect([...gone, ...kept].map(({ answer }) => answer)).toEqual(Array(8).fill('playing'));
    const keptEnd = Promise.race(kept.map(({ ended }) => ended)).then(() => 'ended');
    await server.setRules(rules(authUrl, { revoked: [{ uid: 'mallory' }] }));
    await Promise.all(gone.map(({ ended }) => ended));
    for (const door of DOORS) expect(await answerAt(door, by('mallory'))).toBe('uid revoked');
    expect(await Promise.race([keptEnd, new Promise((resolve) => setImmediate(resolve, 'go on'))])).toBe('go on');
  });

  it('end the sessions of a key that is taken away, and no others', async () => {
    const with_ = (keyName: 'main' | 'backup') => ({ host, name: 'live/one', sign: signer(PLAY, { keyName }) });
    const gone = await Promise.all(DOORS.map((door) => see(door, with_('main'))));
    const kept = await Promise.all(DOORS.map((door) => see(door, with_('backup'))));
    const keptEnd = Promise.race(kept.map(({ ended }) => ended)).then(() => 'ended');
    const changed = domains(authUrl).map((domain) =>
      domain.name === host ? { ...domain, play: { auth: { ...PLAY, key1: 'newMainKey0123456789abcd' } } } : domain,
    );
    await server.setRules(rules(authUrl, { domains: changed }));
    await Promise.all(gone.map(({ ended }) => ended));
    expect(await Promise.race([keptEnd, new Promise((resolve) => setImmediate(resolve, 'go on'))])).toBe('go on');
    for (const door of DOORS) expect(await answerAt(door, with_('main'))).toBe('INVALID MD5HASH');
  });

  it('end a publisher whose lasting key is revoked', async () => {
    expect(await push('push.signed.test', 'live/guest', (path) => `${path}?key=${KEYS.guest}`)).toBe('publishing');
    const publisher = publishers.at(-1);
    await server.setRules(rules(authUrl, { revoked: [{ streamKey: 'guest' }] }));
    await publisher?.closed;
    const again = await push('push.signed.test', 'live/guest', (path) => `${path}?key=${KEYS.guest}`);
    expect(again).toBe('NetStream.Publish.Denied: stream key revoked');
  });
});

describe('secrets', () => {
  it('are neither in the log nor in metrics', async () => {
    const control = `http://127.0.0.1:${server.controlPort}`;
    const said = server.child.stdout() + server.child.stderr() + (await (await fetch(`${control}/metrics`)).text());
    expect(said.length).toBeGreaterThan(10_000);
    for (const [name, key] of Object.entries(KEYS)) expect(said.includes(key), name).toBe(false);
    expect(said).not.toMatch(/auth_key=\d/);
    expect(said).not.toMatch(/\d{10}-[^-\s"]+-[^-\s"]+-[0-9a-f]{32}/);
    expect(said).not.toMatch(/~[sl][0-9a-z]+\.[0-9a-z]+\./);
  });
});
