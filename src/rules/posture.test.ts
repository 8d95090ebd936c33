import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';
import { isLoopback, keysOf, type PostureConfig, posture } from './posture.ts';
import type { RulesInput } from './schema.ts';

const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';
const C = 'cccccccccccccccc';

const SAFE: PostureConfig = {
  rtmp: { host: '::' },
  playback: { host: '::' },
  control: { host: '127.0.0.1' },
  metrics: { host: '127.0.0.1', port: 0, bearerToken: null },
  tls: { certFile: '/c', certificates: [] },
  trustedProxies: [],
  databaseUrl: 'postgres://h/d',
};

const signed = (key1: string) => ({ auth: { type: 'type_a' as const, key1 } });
const SAFE_RULES: RulesInput = { domains: [{ name: 'd', push: signed(A), play: signed(B) }] };

function codes(rules: RulesInput, config: Partial<PostureConfig> = {}) {
  const result = compileRules(rules);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return posture(result.rules, { ...SAFE, ...config }).map(({ code }) => code);
}

const playing = (play: object): RulesInput => ({ domains: [{ name: 'd', push: signed(A), play }] });
const callback = (key?: string): RulesInput => ({ ...SAFE_RULES, callbacks: [{ id: 'c', url: 'https://c/', key }] });

const encrypted = (domain: string, protocols: ('hls' | 'flv')[]): RulesInput => ({
  domains: [{ name: 'd', push: signed(A), play: { ...signed(B), protocols } }],
  streams: [{ match: { domain }, encryption: { method: 'aes-128' } }],
});

const recorded = (record: object, of: Partial<RulesInput> = {}): RulesInput => ({
  domains: ['d', 'e'].map((name, index) => ({ name, push: signed(`${A}${index}`), play: signed(`${B}${index}`) })),
  streams: [{ match: {}, record: { enabled: true, ...record } }],
  ...of,
});
const OWN = 'record/{DomainName}/{AppName}/{StreamName}/{StartTime}_{EndTime}';

describe('posture', () => {
  it.each<[string, string[], RulesInput, Partial<PostureConfig>]>([
    ['all is well', [], SAFE_RULES, {}],
    ['playing is open', ['PLAY_OPEN'], playing({}), {}],
    ['playing is open on loopback', [], playing({}), { playback: { host: '127.0.0.1' } }],
    ['playing is for an address list', [], playing({ ip: { mode: 'allow', list: ['10.0.0.0/8'] } }), {}],
    ['playing is asked elsewhere', [], playing({ remoteAuth: { url: 'http://a/' } }), {}],
    ['pushing is open', ['PUSH_OPEN'], { domains: [{ name: 'd', play: signed(B) }] }, {}],
    ['pushing is open on loopback', [], { domains: [{ name: 'd', play: signed(B) }] }, { rtmp: { host: '::1' } }],
    ['plain HTTP', ['PLAIN_HTTP'], SAFE_RULES, { tls: { certFile: null, certificates: [] } }],
    [
      'plain HTTP on loopback',
      [],
      SAFE_RULES,
      { tls: { certFile: null, certificates: [] }, playback: { host: 'localhost' } },
    ],
    [
      'plain HTTP behind a proxy',
      [],
      SAFE_RULES,
      { tls: { certFile: null, certificates: [] }, trustedProxies: ['10.0.0.1'] },
    ],
    ['wide control', ['CONTROL_PLAIN_HTTP'], SAFE_RULES, { control: { host: '0.0.0.0' } }],
    ['wide metrics', ['METRICS_OPEN'], SAFE_RULES, { metrics: { host: '::', port: 9000, bearerToken: null } }],
    ['wide metrics with a token', [], SAFE_RULES, { metrics: { host: '::', port: 9000, bearerToken: A } }],
    ['an unsigned callback', ['UNSIGNED_CALLBACK'], callback(), {}],
    ['a signed callback', [], callback(C), {}],
    ['one key for push and play', ['SHARED_KEY'], { domains: [{ name: 'd', push: signed(A), play: signed(A) }] }, {}],
    [
      'one key for two domains',
      ['SHARED_KEY'],
      {
        domains: [
          { name: 'd', push: signed(A), play: signed(B) },
          { name: 'e', push: signed(A), play: signed(C) },
        ],
      },
      {},
    ],
    ['a callback key that signs URLs', ['SHARED_KEY'], callback(A), {}],
    [
      'one key twice in one place',
      [],
      { domains: [{ name: 'd', push: { auth: { type: 'type_a', key1: A, key2: A } }, play: signed(B) }] },
      {},
    ],
    ['a short key', ['SHORT_KEY'], { domains: [{ name: 'd', push: signed('abcdef'), play: signed(B) }] }, {}],
    ['encryption beside open doors', ['CLEAR_DOOR'], encrypted('*', ['hls', 'flv']), {}],
    ['encryption of another domain', [], encrypted('e', ['hls', 'flv']), {}],
    ['encryption with HLS alone', [], encrypted('d', ['hls']), {}],
    ['names without the domain', ['SHARED_NAMES'], recorded({}), {}],
    ['names with the domain', [], recorded({ formats: [{ format: 'mp4', object: OWN }] }), {}],
    ['slices without the domain', ['SHARED_NAMES'], recorded({ formats: [{ format: 'm3u8', object: OWN }] }), {}],
    ['names of one domain', [], recorded({}, { streams: [{ match: { domain: 'd' }, record: { enabled: true } }] }), {}],
    ['names that nobody uses', [], recorded({ enabled: false }), {}],
    [
      'one storage each',
      [],
      recorded(
        {},
        {
          streams: [
            { match: { domain: 'd' }, record: { enabled: true } },
            { match: { domain: 'e' }, record: { enabled: true, storage: 'other' } },
          ],
        },
      ),
      {},
    ],
    [
      'one rule each',
      ['SHARED_NAMES'],
      recorded(
        {},
        {
          streams: [
            { match: { domain: 'd', app: 'live' }, record: { enabled: true } },
            { match: { domain: 'e' }, record: { enabled: true } },
          ],
        },
      ),
      {},
    ],
    ['pictures', ['SHARED_NAMES'], recorded({}, { streams: [{ match: {}, snapshot: { enabled: true } }] }), {}],
    ['no database', ['NO_DATABASE'], SAFE_RULES, { databaseUrl: null }],
  ])('%s: %j', (_, expected, rules, config) => expect(codes(rules, config)).toEqual(expected));

  it('asks what runs before what is configured', () => {
    const result = compileRules(SAFE_RULES);
    if (!result.ok) throw new Error('refused');
    expect(posture(result.rules, { ...SAFE, databaseUrl: null }, { database: 'embedded' })).toEqual([]);
    expect(posture(result.rules, SAFE, { database: 'none' }).map(({ code }) => code)).toEqual(['NO_DATABASE']);
  });

  it('names each certificate once, by how soon it ends', () => {
    const result = compileRules(SAFE_RULES);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    const days = { old: -1, three: 3, four: 4, month: 30, far: 31 };
    const certificates = () =>
      Object.entries(days).map(([name, left]) => ({ names: [name], expiresAtMs: left * 86_400_000 }));
    const found = posture(result.rules, SAFE, { certificates, nowMs: 0 });
    expect(found.map(({ code, sentence }) => [code, /: (.*)\./.exec(sentence)?.[1]])).toEqual([
      ['CERTIFICATE_EXPIRED', 'old'],
      ['CERTIFICATE_EXPIRES_3', 'three'],
      ['CERTIFICATE_EXPIRES_14', 'four'],
      ['CERTIFICATE_EXPIRES_30', 'month'],
    ]);
    const plain = { ...SAFE, tls: { certFile: null, certificates: [] } };
    const codesOf = (facts: object) => posture(result.rules, plain, facts).map(({ code }) => code);
    expect([codesOf({}).includes('PLAIN_HTTP'), codesOf({ certificates }).includes('PLAIN_HTTP')]).toEqual([
      true,
      false,
    ]);
  });

  it('names rules and never keys', () => {
    const result = compileRules({ domains: [{ name: 'd.test', push: signed('abcdef'), play: signed('abcdef') }] });
    if (!result.ok) throw new Error('refused');
    const text = JSON.stringify(posture(result.rules, SAFE));
    expect(text).toContain('d.test (push), d.test (play)');
    expect(text).not.toContain('abcdef');
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])('%s is', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each(['::', '0.0.0.0', '10.0.0.1', '127.example.com', 'example.com', ''])('"%s" is not', (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});

describe('posture of keys that are known by their age', () => {
  const ages: Record<string, number> = { [A]: 366, [B]: 365, [C]: 400 };

  it.each<[string, RulesInput, string | undefined]>([
    ['one of a domain', SAFE_RULES, 'd (push)'],
    ['one that signs callbacks', callback(C), 'd (push), callback c'],
    ['a stream key', { ...SAFE_RULES, streamKeys: [{ id: 'obs', key: C }] }, 'd (push), stream key obs'],
    ['none', { domains: [{ name: 'd', push: signed(B), play: signed('dddddddddddddddd') }] }, undefined],
  ])('names %s that is older than a year', (_, rules, named) => {
    const result = compileRules(rules);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    const findings = posture(result.rules, SAFE, { keyAgeDays: (key) => ages[key] });
    const sentences = findings.filter(({ code }) => code === 'OLD_KEY').map(({ sentence }) => sentence);
    expect(sentences).toEqual(named ? [`Keys have been the same for more than 365 days: ${named}.`] : []);
    expect(keysOf(result.rules)).toContain(B);
  });
});
