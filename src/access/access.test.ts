import { describe, expect, it } from 'vitest';
import { CompiledRules, type DomainRule, type RulesInput, rulesSchema } from '../rules/index.ts';
import { Access } from './access.ts';
import { AddressRates } from './address-rates.ts';
import { describeAuthChecking } from './explain.ts';
import type { RemoteRequest } from './remote-request.ts';
import type { PlayRequest, PublishRequest } from './request.ts';
import type { SharedSignatures } from './single-use.ts';
import { signUrl } from './url-signature.ts';
import type { Refusal, Verdict } from './verdict.ts';

const T0 = 1_740_562_218_000;
const PUSH_KEY = 'pushkey-0123456789';
const PLAY_KEY = 'playkey-0123456789';
const STREAM_KEY = 'a-lasting-stream-key';

type DomainInput = NonNullable<RulesInput['domains']>[number];

class World {
  nowMs = T0;
  rules: CompiledRules;
  readonly asked: RemoteRequest[] = [];
  remoteStatus: number | Error = 200;
  readonly access: Access;

  constructor(
    domain: Partial<DomainInput> = {},
    rest: Omit<RulesInput, 'domains'> = {},
    sharedSignatures?: SharedSignatures,
  ) {
    this.rules = World.compile(domain, rest);
    this.access = new Access({
      rules: () => this.rules,
      nowMs: () => this.nowMs,
      sessionTokenKeys: { current: new Uint8Array(32).fill(7) },
      singleUseCapacity: 2,
      sharedSignatures,
      countryOf: (address) => (address.startsWith('203.') ? 'DE' : undefined),
      fetchRemote: async (request) => {
        this.asked.push(request);
        if (this.remoteStatus instanceof Error) throw this.remoteStatus;
        return { status: this.remoteStatus };
      },
    });
  }

  static compile(domain: Partial<DomainInput>, rest: Omit<RulesInput, 'domains'>): CompiledRules {
    return new CompiledRules(rulesSchema.parse({ domains: [{ name: 'play.example.com', ...domain }], ...rest }));
  }

  get domain(): DomainRule {
    return this.rules.domain('play.example.com')!;
  }

  playOf(url: string, fields: Partial<PlayRequest> = {}): PlayRequest {
    const [path = '', query = ''] = url.split('?');
    const [, app = '', stream = ''] = /^\/(.+)\/([^/.]+)/.exec(path) ?? [];
    return { domain: this.domain, app, stream, path, query, protocol: 'flv', address: '203.0.113.9', ...fields };
  }

  pushOf(url: string, fields: Partial<PublishRequest> = {}): PublishRequest {
    return { ...this.playOf(url), protocol: 'rtmp-push', ...fields };
  }

  playUrl(path: string, options: { uid?: string; rand?: string } = {}): string {
    return signUrl(path, this.domain.play.auth, { nowMs: this.nowMs, ...options });
  }
}

const signedPlay = { play: { auth: { type: 'type_a', key1: PLAY_KEY } } } as const;
const signedPush = { push: { auth: { type: 'type_a', key1: PUSH_KEY } } } as const;
const code = (verdict: Verdict | Promise<Verdict>) => {
  if (verdict instanceof Promise) throw new Error('not answered at once');
  return verdict.allowed ? 'allowed' : verdict.code;
};
const codeOf = async (verdict: Promise<Verdict>) => code(await verdict);

describe('a key that an alias keeps', () => {
  const OLD_KEY = 'key-of-former-times';
  const until = new Date(T0 + 60_000).toISOString();
  const aliases = [{ name: 'old.test', until, key: OLD_KEY }];
  const world = () => new World({ ...signedPlay, aliases });
  const signed = signUrl('/live/demo.flv', { type: 'type_a', key1: OLD_KEY, validitySeconds: 1800 }, { nowMs: T0 });

  it('is good with its host and until its date only', () => {
    const here = world();
    const { access } = here;
    const asked = (host: string) => here.playOf(signed, { host });
    expect(access.play(asked('old.test:8080'))).toMatchObject({ allowed: true, signature: { keyName: 'alias' } });
    expect(code(access.play(asked('play.example.com')))).toBe('SIGNATURE_INVALID');
    const later = world();
    later.nowMs = T0 + 60_001;
    expect(code(later.access.play(later.playOf(signed, { host: 'old.test' })))).toBe('SIGNATURE_INVALID');
  });

  it('ends the sessions that it let in', () => {
    const here = world();
    const asked = here.playOf(signed, { host: 'old.test' });
    const { token } = here.access.issueSession(asked, { sessionId: 's', keyName: 'alias' });
    expect(here.access.playSession(asked, token)).toMatchObject({ allowed: true });
    here.nowMs = T0 + 60_001;
    expect(code(here.access.playSession(asked, token))).toBe('REVOKED');
  });
});

describe('Access.play', () => {
  it('lets everyone in without a rule', () => {
    const world = new World();
    expect(world.access.play(world.playOf('/live/demo.flv'))).toEqual({ allowed: true });
  });

  it('lets a signed URL in, and says for whom and how long', () => {
    const world = new World(signedPlay);
    expect(world.access.play(world.playOf(world.playUrl('/live/demo.flv', { uid: 'anna' })))).toMatchObject({
      allowed: true,
      uid: 'anna',
      expiresAtMs: T0 + 1_800_000,
      signature: { keyName: 'main', signedAtMs: T0 },
    });
    expect(world.access.play(world.playOf(world.playUrl('/live/demo.flv')))).not.toHaveProperty('uid');
  });

  const refusals: readonly [string, Partial<DomainInput>, Partial<PlayRequest> & { url?: string }, string][] = [
    ['no signature', signedPlay, {}, 'SIGNATURE_MISSING'],
    ['a broken signature', signedPlay, { query: 'auth_key=1-2' }, 'SIGNATURE_INVALID'],
    ['an address', { play: { ip: { list: ['203.0.113.0/24'] } } }, {}, 'IP_DENIED'],
    ['a protocol', { play: { protocols: ['hls'] } }, {}, 'PROTOCOL_DENIED'],
    ['no referer', { play: { referer: { list: ['a.com'], allowEmpty: false } } }, {}, 'REFERER_DENIED'],
    ['a referer', { play: { referer: { list: ['a.com'] } } }, { referer: 'http://a.com/' }, 'REFERER_DENIED'],
    ['a user agent', { play: { userAgent: { list: ['*curl*'] } } }, { userAgent: 'curl/8' }, 'USER_AGENT_DENIED'],
    ['a country', { play: { country: { list: ['DE'] } } }, {}, 'COUNTRY_DENIED'],
    [
      'an unknown country',
      { play: { country: { mode: 'allow', list: ['DE'] } } },
      { address: '::1' },
      'COUNTRY_DENIED',
    ],
  ];
  it.each(refusals)('refuses %s', (_, domain, fields, expected) => {
    const world = new World(domain);
    const verdict = world.access.play(world.playOf('/live/demo.flv', fields));
    expect(verdict).toMatchObject({ allowed: false, code: expected, status: 403 });
    expect((verdict as Refusal).remedy).toMatch(/^[A-Z].*\.$/);
  });

  it("gives ApsaraVideo's reasons, and no key, for a bad signature", () => {
    const world = new World(signedPlay);
    const url = world.playUrl('/live/demo.flv');
    world.nowMs = T0 + 1_800_001;
    const expired = world.access.play(world.playOf(url));
    expect(expired).toMatchObject({ code: 'SIGNATURE_EXPIRED', reason: 'INVALID TIMESTAMP' });
    world.nowMs = T0;
    const moved = world.access.play(world.playOf(url.replace('demo', 'demo_lld')));
    expect(moved).toMatchObject({ code: 'SIGNATURE_INVALID', reason: 'INVALID MD5HASH' });
    expect(JSON.stringify([expired, moved])).not.toContain(PLAY_KEY);
  });

  it('does not let the push key play', () => {
    const world = new World({ ...signedPlay, ...signedPush });
    const url = signUrl('/live/demo.flv', world.domain.push.auth, { nowMs: T0 });
    expect(code(world.access.play(world.playOf(url)))).toBe('SIGNATURE_INVALID');
  });

  it('opens one session per signature when the rule says so', () => {
    const world = new World({ play: { ...signedPlay.play, singleUse: true } });
    const play = (url: string) => world.access.play(world.playOf(url));
    const url = world.playUrl('/live/demo.flv');
    const first = play(url);
    expect(code(first)).toBe('allowed');
    expect(code(play(url))).toBe('USED');
    expect(code(play(url.replace('auth_key', 'auth%5fkey')))).toBe('USED');
    expect(code(play(`${url}&x=1`))).toBe('USED');
    if (!(first instanceof Promise) && first.allowed) expect(world.access.release(first)).toBeUndefined();
    expect(code(play(url))).toBe('allowed');
    expect(code(play(world.playUrl('/live/demo.flv', { rand: '1' })))).toBe('allowed');
    expect(code(play(world.playUrl('/live/demo.flv', { rand: '2' })))).toBe('LIMIT');
    world.nowMs += 1_801_000;
    expect(code(play(world.playUrl('/live/demo.flv', { rand: '2' })))).toBe('allowed');
  });

  it('opens one session on all nodes that share signatures, and gives back what opened none', async () => {
    const taken = new Set<string>();
    let isAway = false;
    const shared = {
      take: async (id: string) => (isAway ? undefined : !taken.has(id) && taken.add(id).size > 0),
      giveBack: async (id: string) => void taken.delete(id),
      isTaken: async (id: string) => taken.has(id),
    };
    const play = { ...signedPlay.play, singleUse: true };
    const [one, two] = [new World({ play }, {}, shared), new World({ play }, {}, shared)];
    const request = (url: string) => one.playOf(url);
    const url = one.playUrl('/live/demo.flv');
    const first = await one.access.play(request(url));
    expect(code(first)).toBe('allowed');
    expect(code(await two.access.play(request(url)))).toBe('USED');
    expect((await two.access.explain(request(url))).verdict).toMatchObject({ code: 'USED' });
    expect(code(await two.access.play({ ...request(url), isPassedOn: true }))).toBe('allowed');
    if (first.allowed) await one.access.release(first);
    expect(code(await two.access.play(request(url)))).toBe('allowed');
    if (first.allowed) await one.access.release(first);
    expect(code(await one.access.play(request(url)))).toBe('USED');
    isAway = true;
    const other = one.playUrl('/live/demo.flv', { rand: '1' });
    expect(code(await one.access.play(request(other)))).toBe('allowed');
    expect(code(await one.access.play(request(other)))).toBe('USED');
  });

  it('lets nobody revoked in', () => {
    const before = new Date(T0 + 1000).toISOString();
    const world = new World(signedPlay, { revoked: [{ uid: 'eve' }, { uid: 'bob', before }] });
    const play = (uid: string) => code(world.access.play(world.playOf(world.playUrl('/live/demo.flv', { uid }))));
    expect([play('eve'), play('bob'), play('anna')]).toEqual(['REVOKED', 'REVOKED', 'allowed']);
    world.nowMs = T0 + 1000;
    expect(play('bob')).toBe('allowed');
  });
});

describe('Access.publish', () => {
  const keys = { streamKeys: [{ id: 'obs', key: STREAM_KEY, match: { app: 'live', stream: 'demo' } }] };
  const world = () => new World(signedPush, keys);

  it('takes everyone when signing is off', async () => {
    const open = new World();
    expect(await open.access.publish(open.pushOf('/live/demo?key=whatever'))).toEqual({ allowed: true });
  });

  it('takes a signature or a lasting stream key', async () => {
    const { access, domain, pushOf } = bound(world());
    const url = signUrl('/live/demo?vhost=x', domain.push.auth, { nowMs: T0, uid: 'cam' });
    expect(await access.publish(pushOf(url))).toMatchObject({ allowed: true, uid: 'cam' });
    expect(await access.publish(pushOf(`/live/demo?key=${STREAM_KEY}`))).toEqual({ allowed: true, streamKeyId: 'obs' });
    const both = `/live/demo?auth_key=1-0-0-${'0'.repeat(32)}&key=${STREAM_KEY}`;
    expect(await access.publish(pushOf(both))).toMatchObject({ streamKeyId: 'obs' });
  });

  it.each([
    ['nothing', '/live/demo', 'SIGNATURE_MISSING'],
    ['another key', '/live/demo?key=another-stream-key', 'STREAM_KEY_INVALID'],
    ['an empty key', '/live/demo?key=', 'STREAM_KEY_INVALID'],
    ['the key of another stream', `/live/demo2?key=${STREAM_KEY}`, 'STREAM_KEY_INVALID'],
    ['the key of another app', `/live2/demo?key=${STREAM_KEY}`, 'STREAM_KEY_INVALID'],
    ['two bad ones', `/live/demo?auth_key=1-0-0-${'0'.repeat(32)}&key=x`, 'SIGNATURE_EXPIRED'],
  ])('refuses %s', async (_, url, expected) => {
    const { access, pushOf } = bound(world());
    expect(await codeOf(access.publish(pushOf(url)))).toBe(expected);
  });

  it('refuses stream keys that are off or revoked, at once for open sessions too', async () => {
    const off = new World({ push: { ...signedPush.push, streamKeys: false } }, keys);
    expect(await codeOf(off.access.publish(off.pushOf(`/live/demo?key=${STREAM_KEY}`)))).toBe('SIGNATURE_MISSING');
    const open = world();
    const request = open.pushOf(`/live/demo?key=${STREAM_KEY}`);
    expect(code(open.access.recheck(request, { openedAtMs: T0 }))).toBe('allowed');
    open.rules = World.compile(signedPush, { ...keys, revoked: [{ streamKey: 'obs' }] });
    expect(await codeOf(open.access.publish(request))).toBe('REVOKED');
    expect(code(open.access.recheck(request, { openedAtMs: T0 }))).toBe('REVOKED');
  });

  it('looks at the push list, not the play list', async () => {
    const lists = { push: { ip: { list: ['203.0.113.9'] } }, play: { ip: { list: ['198.51.100.1'] } } };
    const listed = new World(lists);
    expect(await codeOf(listed.access.publish(listed.pushOf('/live/demo')))).toBe('IP_DENIED');
    const other = listed.pushOf('/live/demo', { address: '198.51.100.1' });
    expect(await codeOf(listed.access.publish(other))).toBe('allowed');
  });
});

describe('Access with remote authentication', () => {
  const remoteAuth = { url: 'http://auth.example.com/check?a=1', keepArgs: ['token'] };

  it.each([
    [200, 'fail', 'allowed', undefined],
    [403, 'fail', 'REMOTE_DENIED', 403],
    [302, 'fail', 'REMOTE_UNAVAILABLE', 503],
    [new Error('refused'), 'fail', 'REMOTE_UNAVAILABLE', 503],
    [403, 'pass', 'REMOTE_DENIED', 403],
    [500, 'pass', 'allowed', undefined],
    [new Error('refused'), 'pass', 'allowed', undefined],
  ] as const)('%s with onTimeout %s: %s', async (answer, onTimeout, expected, status) => {
    const remote = { ...remoteAuth, onTimeout };
    const world = new World({ play: { remoteAuth: remote }, push: { remoteAuth: remote } });
    world.remoteStatus = answer;
    const played = await world.access.play(world.playOf('/live/demo.flv?token=t%26&secret=s'));
    expect(code(played)).toBe(expected);
    if (!played.allowed) expect(played.status).toBe(status);
    expect(await codeOf(world.access.publish(world.pushOf('/live/demo')))).toBe(expected);
    expect(world.asked.map((request) => request.url)).toEqual([
      'http://auth.example.com/check?a=1&token=t%26',
      'http://auth.example.com/check?a=1',
    ]);
    expect(world.asked[0]?.headers).toMatchObject({ 'x-headwater-action': 'play', 'x-headwater-stream': 'demo' });
  });

  it('is not asked about those who are refused anyway, and a used signature is given to one', async () => {
    const world = new World({ play: { ...signedPlay.play, remoteAuth, singleUse: true } });
    expect(code(world.access.play(world.playOf('/live/demo.flv')))).toBe('SIGNATURE_MISSING');
    expect(world.asked).toEqual([]);
    const request = world.playOf(world.playUrl('/live/demo.flv'));
    const both = await Promise.all([world.access.play(request), world.access.play(request)]);
    expect(both.map((verdict) => code(verdict))).toEqual(['allowed', 'USED']);
  });
});

describe('HLS sessions', () => {
  it('are opened once and carried by their token', () => {
    const world = new World({ play: { sessionSeconds: 60 } });
    const request = world.playOf('/live/demo.m3u8', { protocol: 'hls' });
    const { token, expiresAtMs } = world.access.issueSession(request, { sessionId: 's1', uid: 'anna' });
    expect(expiresAtMs).toBe(T0 + 60_000);
    const session = { allowed: true, sessionId: 's1', uid: 'anna', expiresAtMs };
    expect(world.access.playSession(request, token)).toEqual(session);
    const child = world.playOf('/live/demo_lld.m3u8', { protocol: 'hls' });
    expect(code(world.access.playSession(child, token))).toBe('SESSION_INVALID');
    world.nowMs = expiresAtMs + 1;
    expect(code(world.access.playSession(request, token))).toBe('SESSION_EXPIRED');
  });

  it.each([
    ['session', { revoked: [{ session: 's1' }] }, {}, 'REVOKED'],
    ['uid', { revoked: [{ uid: 'anna' }] }, {}, 'REVOKED'],
    ['uid before it was opened', { revoked: [{ uid: 'anna', before: new Date(T0).toISOString() }] }, {}, 'allowed'],
    ['address', {}, { play: { ip: { list: ['203.0.113.9'] } } }, 'IP_DENIED'],
    ['protocol', {}, { play: { protocols: ['flv' as const] } }, 'PROTOCOL_DENIED'],
    [
      'referer, which is asked at the opening only',
      {},
      { play: { referer: { mode: 'allow' as const, list: ['a.com'] } } },
      'allowed',
    ],
  ])('feel a change of the rules at once: %s', (_, rest, domain, expected) => {
    const world = new World();
    const opened = world.playOf('/live/demo.m3u8', { protocol: 'hls', referer: 'http://x.org' });
    const { token } = world.access.issueSession(opened, { sessionId: 's1', uid: 'anna' });
    world.rules = World.compile(domain, rest);
    expect(code(world.access.playSession({ ...opened, domain: world.domain }, token))).toBe(expected);
  });
});

describe('HLS sessions of signed domains', () => {
  const main = { type: 'type_a' as const, key1: PLAY_KEY };

  it.each([
    ['the key that opened it', { ...main, key2: PUSH_KEY }, 'allowed'],
    ['that key as backup', { ...main, key1: PUSH_KEY, key2: PLAY_KEY }, 'allowed'],
    ['other keys', { ...main, key1: PUSH_KEY }, 'REVOKED'],
    ['no signing', { type: 'no_auth' as const }, 'allowed'],
  ])('last as long as the domain has %s', (_, auth, expected) => {
    const world = new World({ play: { auth: main } });
    const opened = world.playOf('/live/demo.m3u8', { protocol: 'hls' });
    const { token } = world.access.issueSession(opened, { sessionId: 's1', keyName: 'main' });
    expect(token).not.toContain(PLAY_KEY);
    world.rules = World.compile({ play: { auth } }, {});
    expect(code(world.access.playSession({ ...opened, domain: world.domain }, token))).toBe(expected);
  });

  it('that were opened without a key end when signing begins', () => {
    const world = new World();
    const opened = world.playOf('/live/demo.m3u8', { protocol: 'hls' });
    const { token } = world.access.issueSession(opened, { sessionId: 's1' });
    world.rules = World.compile({ play: { auth: main } }, {});
    expect(code(world.access.playSession({ ...opened, domain: world.domain }, token))).toBe('REVOKED');
  });
});

describe('Access.recheck', () => {
  it('lets a connection outlive its signature but not its key', () => {
    const world = new World({ play: { auth: { type: 'type_a', key1: PLAY_KEY, key2: PUSH_KEY } } });
    const request = world.playOf(world.playUrl('/live/demo.flv'));
    world.nowMs = T0 + 10_000_000;
    expect(code(world.access.play(request))).toBe('SIGNATURE_EXPIRED');
    expect(code(world.access.recheck(request, { openedAtMs: T0 }))).toBe('allowed');
    world.rules = World.compile({ play: { auth: { type: 'type_a', key1: PUSH_KEY } } }, {});
    const now = { ...request, domain: world.domain };
    expect(code(world.access.recheck(now, { openedAtMs: T0 }))).toBe('SIGNATURE_INVALID');
  });

  it('ends a revoked session', () => {
    const world = new World({}, { revoked: [{ session: 's1' }] });
    const request = world.playOf('/live/demo.flv');
    expect(code(world.access.recheck(request, { openedAtMs: T0, sessionId: 's1' }))).toBe('REVOKED');
    expect(code(world.access.recheck(request, { openedAtMs: T0, sessionId: 's2' }))).toBe('allowed');
  });
});

describe('Access.explain', () => {
  it('lists every step, with the string signed and the difference of clocks', async () => {
    const play = { ...signedPlay.play, singleUse: true, userAgent: { list: ['curl*'] } };
    const world = new World({ play });
    const url = world.playUrl('/live/demo.flv');
    world.nowMs = T0 + 1_900_000;
    const request = world.playOf(url, { userAgent: 'curl/8', host: 'play.example.com:8080' });
    const { verdict, steps } = await world.access.explain(request);
    expect(verdict).toMatchObject({ code: 'USER_AGENT_DENIED' });
    expect(steps).toEqual([
      {
        name: 'domain',
        passed: true,
        detail: 'host play.example.com:8080 is domain play.example.com, app live, stream demo',
      },
      { name: 'protocol', passed: true, detail: 'flv' },
      { name: 'ip', passed: true, detail: '203.0.113.9' },
      { name: 'userAgent', passed: false, detail: 'curl/8' },
      { name: 'referer', passed: true, detail: '(none)' },
      {
        name: 'signature',
        passed: false,
        detail:
          'type_a: INVALID TIMESTAMP; signed string /live/demo.flv-1740562218-0-0-***; ' +
          'timestamp 1900 s behind this clock; expires 2025-02-26T10:00:18.000Z',
      },
    ]);
    expect(JSON.stringify(steps)).not.toContain(PLAY_KEY);
  });

  it('decides as play and publish do, and uses nothing up', async () => {
    const remoteAuth = { url: 'http://auth.example.com/' };
    const world = new World(
      { play: { ...signedPlay.play, singleUse: true, remoteAuth }, push: signedPush.push },
      { streamKeys: [{ id: 'obs', key: STREAM_KEY }] },
    );
    const good = world.playOf(world.playUrl('/live/demo.flv'));
    expect((await world.access.explain(good)).verdict.allowed).toBe(true);
    expect((await world.access.explain(good)).steps.map((step) => step.name).slice(-3)).toEqual([
      'signature',
      'singleUse',
      'remoteAuth',
    ]);
    expect(code(await world.access.play(good))).toBe('allowed');
    expect(code((await world.access.explain(good)).verdict)).toBe('USED');
    const push = await world.access.explain(world.pushOf(`/live/demo?key=${STREAM_KEY}`));
    expect(push.verdict).toEqual({ allowed: true, streamKeyId: 'obs' });
    expect(push.steps.at(-1)).toEqual({ name: 'streamKey', passed: true, detail: 'valid: obs' });
    expect(JSON.stringify(push)).not.toContain(STREAM_KEY);
  });
});

it.each([
  ['/live/demo.flv', {}, { status: 'false', description: 'INVALID AUTH_KEY' }],
  ['signed', {}, { status: 'pass', description: '' }],
  ['signed', { key1: PUSH_KEY }, { status: 'false', description: 'INVALID MD5HASH' }],
  ['signed', { validitySeconds: 0 }, { status: 'false', description: 'INVALID TIMESTAMP' }],
  ['/live/demo.flv', { type: 'no_auth' }, { status: 'pass', description: '' }],
] as const)('describeAuthChecking of %s with %j', (url, fields, expected) => {
  const world = new World(signedPlay);
  const { path, query } = world.playOf(url === 'signed' ? world.playUrl('/live/demo.flv') : url);
  const auth = { ...world.domain.play.auth, ...fields };
  expect(describeAuthChecking({ path, query }, auth, T0 + 1)).toEqual(expected);
});

function bound(world: World) {
  return { access: world.access, domain: world.domain, pushOf: world.pushOf.bind(world) };
}

describe('guessing', () => {
  it('ends for a minute, at both doors, after so many refusals; limits and yeses do not count', async () => {
    const world = new World({ push: { auth: { type: 'type_a', key1: PUSH_KEY } } });
    const refusals = new AddressRates({ limit: 3, windowMs: 60_000, nowMs: () => world.nowMs });
    const options = { rules: () => world.rules, nowMs: () => world.nowMs, refusals };
    const access = new Access({ ...options, sessionTokenKeys: { current: new Uint8Array(32).fill(7) } });
    const push = async (query: string, address = '192.0.2.1') => {
      const verdict = await access.publish(world.pushOf(`/live/demo?${query}`, { address }));
      return verdict.allowed ? 'let in' : verdict.code;
    };
    const right = signUrl('/live/demo', world.domain.push.auth, { nowMs: world.nowMs }).split('?')[1] ?? '';
    for (let i = 0; i < 9; i++) expect(await push(right)).toBe('let in');
    for (let i = 0; i < 3; i++) expect(await push('auth_key=1')).toBe('SIGNATURE_INVALID');
    expect(await push('auth_key=1')).toBe('LIMIT');
    expect(await push(right)).toBe('LIMIT');
    expect(await access.play(world.playOf('/live/demo.flv', { address: '192.0.2.1' }))).toMatchObject({
      code: 'LIMIT',
    });
    expect(await push(right, '192.0.2.2')).toBe('let in');
    world.nowMs += 60_000;
    expect(await push(right)).toBe('let in');
  });
});
