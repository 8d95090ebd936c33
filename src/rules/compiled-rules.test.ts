import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';
import type { CompiledRules } from './compiled-rules.ts';
import { bySpecificity, matchesSubject } from './match.ts';
import { type RulesInput, streamSettingsSchema } from './schema.ts';

const KEY = '0123456789abcdef';

function compiled(input: RulesInput): CompiledRules {
  const result = compileRules(input);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.compiled;
}

const DOMAINS: RulesInput['domains'] = [
  { name: 'default' },
  { name: 'Live.example.com', ingest: ['push.example.com', '10.0.0.5', '::1'], aliases: ['www.example.com'] },
  { name: 'wild', ingest: ['*.example.com', '*.0.0.7'], aliases: ['*.play.example.com'] },
  { name: 'narrow', ingest: ['*.eu.example.com'] },
];

describe('domainForIngestHost', () => {
  const rules = compiled({ domains: DOMAINS });
  it.each([
    ['live.example.com', 'live.example.com'],
    ['LIVE.Example.Com:1935', 'live.example.com'],
    ['live.example.com.', 'live.example.com'],
    ['push.example.com:1935', 'live.example.com'],
    ['www.example.com', 'live.example.com'],
    ['other.example.com', 'wild'],
    ['a.eu.example.com', 'narrow'],
    ['a.play.example.com', 'wild'],
    ['10.0.0.5:1935', 'live.example.com'],
    ['[::1]:1935', 'live.example.com'],
    ['::1', 'live.example.com'],
    ['10.0.0.7', 'default'],
    ['[::2]', 'default'],
    ['example.com', 'default'],
    ['nowhere.test', 'default'],
    ['', 'default'],
  ])('%s leads to %s', (host, name) => expect(rules.domainForIngestHost(host)?.name).toBe(name));

  it('lets a bare * take everything, addresses too', () => {
    const all = compiled({ domains: [{ name: 'all', ingest: ['*'] }, { name: 'a.b' }] });
    expect(['10.0.0.1', '[::1]:1', 'x.y', 'a.b'].map((host) => all.domainForIngestHost(host)?.name)).toEqual([
      'all',
      'all',
      'all',
      'a.b',
    ]);
  });
});

describe('domainForPlaybackHost', () => {
  const rules = compiled({ domains: DOMAINS });
  it.each([
    ['live.example.com:8080', 'live.example.com'],
    ['www.example.com', 'live.example.com'],
    ['push.example.com', 'default'],
    ['other.example.com', 'default'],
    ['x.play.example.com', 'wild'],
    ['127.0.0.1:8080', 'default'],
  ])('%s leads to %s', (host, name) => expect(rules.domainForPlaybackHost(host)?.name).toBe(name));
});

describe('ingestHost and playbackHost', () => {
  const NOW = Date.parse('2026-06-01T00:00:00Z');
  const rules = compiled({
    domains: [
      ...(DOMAINS ?? []),
      { name: 'plain.test', aliases: ['also.plain.test', { name: 'old.plain.test', until: '2026-06-02T00:00:00Z' }] },
      { name: 'moved.test', aliases: [{ name: 'old.test', until: '2026-05-31T00:00:00Z', key: 'key-of-old' }] },
    ],
  });
  it.each([
    ['push.example.com:1935', 'live.example.com', 'INGEST_HOST'],
    ['live.example.com', 'PLAY_HOST', 'live.example.com'],
    ['www.example.com', 'PLAY_HOST', 'live.example.com'],
    ['other.example.com', 'wild', 'INGEST_HOST'],
    ['plain.test', 'plain.test', 'plain.test'],
    ['also.plain.test', 'plain.test', 'plain.test'],
    ['old.plain.test', 'plain.test', 'plain.test'],
    ['old.test', 'ALIAS_OVER', 'ALIAS_OVER'],
    ['nowhere.test', 'default', 'default'],
  ])('%s is pushed to %s and plays from %s', (host, pushed, played) => {
    const answers = [rules.ingestHost(host, NOW), rules.playbackHost(host, NOW)];
    expect(answers.map((each) => each.domain?.name ?? ('code' in each && each.code))).toEqual([pushed, played]);
  });

  it('tells an unknown host where nothing else takes it', () => {
    const strict = compiled({ domains: [{ name: 'a.test' }], unknownHosts: 'refuse' });
    expect(strict.playbackHost('b.test', NOW)).toMatchObject({ code: 'UNKNOWN_HOST' });
    const all = compiled({ domains: [{ name: 'all.test', ingest: ['*'] }, { name: 'default' }] });
    expect(all.playbackHost('b.test', NOW)).toMatchObject({ domain: { name: 'default' } });
  });
});

describe('unknownHosts', () => {
  it.each([
    ['refuse', DOMAINS, undefined],
    ['default', DOMAINS, 'default'],
    ['default', [{ name: 'a.b' }], undefined],
  ] as const)('%s', (unknownHosts, domains, expected) => {
    const rules = compiled({ domains: structuredClone(domains) as RulesInput['domains'], unknownHosts });
    for (const host of ['nowhere.test', '192.0.2.1:80', '']) {
      expect(rules.domainForIngestHost(host)?.name).toBe(expected);
      expect(rules.domainForPlaybackHost(host)?.name).toBe(expected);
    }
  });
});

describe('settingsFor', () => {
  const rules = compiled({
    streams: [
      { match: { stream: 'a' }, hls: { partMs: 100, windowSegments: 10 }, publish: { waitSeconds: 1 } },
      { match: { domain: 'd' }, hls: { partMs: 200 } },
      { match: { domain: 'd', app: 'x*' }, hls: { partMs: 300 } },
      { match: { domain: 'd', app: 'x1', stream: 'b' }, hls: { partMs: 400, lowLatency: false } },
      { match: { domain: 'd', app: 'x1', stream: 'b' }, hls: { partMs: 500 } },
      { match: { domain: 'd', app: 'x1' }, hls: { endedSeconds: 0 } },
    ],
  });
  it.each([
    ['nothing fits', 'e', 'y', 'z', {}],
    ['only the stream', 'e', 'y', 'a', { partMs: 100, windowSegments: 10 }],
    ['the domain before the stream, field by field', 'd', 'y', 'a', { partMs: 200, windowSegments: 10 }],
    ['a prefix', 'D', 'x2', 'a', { partMs: 300, windowSegments: 10 }],
    ['the later of equals, field by field', 'd', 'x1', 'b', { partMs: 500, lowLatency: false, endedSeconds: 0 }],
  ])('%s', (_, domain, app, stream, expected) => {
    expect(rules.settingsFor(domain, app, stream).hls).toEqual({ ...streamSettingsSchema.parse({}).hls, ...expected });
  });

  it('is memoised, frozen and bounded', () => {
    const first = rules.settingsFor('d', 'x1', 'b');
    expect(rules.settingsFor('d', 'x1', 'b')).toBe(first);
    expect(Object.isFrozen(first) && Object.isFrozen(first.hls) && Object.isFrozen(rules.rules.domains)).toBe(true);
    for (let index = 0; index < 10_000; index++) rules.settingsFor('d', 'x1', `s${index}`);
    expect(rules.settingsFor('d', 'x1', 'b')).not.toBe(first);
    expect(rules.settingsFor('d', 'x1', 'b')).toEqual(first);
  });

  it('does not take one stream for another, however they are named', () => {
    expect(rules.settingsFor('d', 'x', '1b').hls.partMs).toBe(300);
    expect(rules.settingsFor('d', 'x1', 'b').hls.partMs).toBe(500);
    expect(rules.settingsFor('d', 'x1 b', '').hls.partMs).toBe(300);
  });

  it('gives each field from the most specific rule that sets it, whatever the order', () => {
    const pattern = fc.constantFrom('*', 'a', 'b', 'a*', '*a', 'ab', 'ab*');
    const rule = fc.record({
      match: fc.record({ domain: pattern, app: pattern, stream: pattern }),
      hls: fc.record(
        { partMs: fc.integer({ min: 100, max: 1000 }), windowSegments: fc.integer({ min: 3, max: 60 }) },
        { requiredKeys: [] },
      ),
    });
    const name = fc.constantFrom('a', 'b', 'ab', 'abc', 'ba');
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), name, name, name, (streams, domain, app, stream) => {
        const { hls } = compiled({ streams }).settingsFor(domain, app, stream);
        const fitting = bySpecificity(streams).filter(({ match }) => matchesSubject(match, { domain, app, stream }));
        const last = (field: 'partMs' | 'windowSegments') =>
          fitting.findLast((each) => each.hls[field] !== undefined)?.hls[field];
        expect(hls.partMs).toBe(last('partMs') ?? 300);
        expect(hls.windowSegments).toBe(last('windowSegments') ?? 6);
      }),
    );
  });
});

describe('callbacksFor and streamKeysFor', () => {
  const match = { domain: 'd', app: 'live', stream: 's' };
  const rules = compiled({
    callbacks: [
      { id: 'exact', url: 'http://a/', match },
      { id: 'all', url: 'http://b/' },
      { id: 'other', url: 'http://c/', match: { app: 'other' } },
    ],
    streamKeys: [
      { id: 'exact', key: KEY, match },
      { id: 'all', key: KEY },
      { id: 'gone', key: KEY },
      { id: 'other', key: KEY, match: { app: 'other' } },
    ],
    revoked: [{ streamKey: 'gone' }, { uid: 'all' }, { session: 'exact' }],
  });

  it('gives every one that matches, the most specific last, without revoked keys', () => {
    expect(rules.callbacksFor('d', 'live', 's').map(({ id }) => id)).toEqual(['all', 'exact']);
    expect(rules.streamKeysFor('d', 'live', 's').map(({ id }) => id)).toEqual(['all', 'exact']);
    expect(rules.streamKeysFor('e', 'live', 's').map(({ id }) => id)).toEqual(['all']);
  });
});

describe('tagsFor', () => {
  it('has those of the domain and of the rules that match, of which the most specific counts', () => {
    const rules = compiled({
      domains: [{ name: 'a', tags: { team: 'shop', region: 'eu' } }],
      streams: [
        { match: { app: 'live', stream: 'one' }, tags: { team: 'one' } },
        { match: { app: 'live' }, tags: { team: 'live', show: 'yes' }, hls: { always: true } },
      ],
    });
    expect(rules.tagsFor('a', 'live', 'one')).toEqual({ team: 'one', region: 'eu', show: 'yes' });
    expect(rules.tagsFor('a', 'other', 'one')).toEqual({ team: 'shop', region: 'eu' });
    expect(rules.settingsFor('a', 'live', 'one')).not.toHaveProperty('tags');
  });

  it('are twenty at most', () => {
    const tags = Object.fromEntries(Array.from({ length: 21 }, (_, each) => [`tag${each}`, '']));
    expect(compileRules({ domains: [{ name: 'a', tags }] })).toMatchObject({
      errors: [{ path: 'domains[0].tags', message: 'must be 20 at most' }],
    });
  });
});
