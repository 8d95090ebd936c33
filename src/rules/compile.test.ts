import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileRules } from './compile.ts';
import { initialRules } from './initial-rules.ts';

const KEY = '0123456789abcdef';

function errors(input: unknown) {
  const result = compileRules(input);
  return result.ok ? [] : result.errors;
}

describe('compileRules', () => {
  it('makes a default domain from nothing', () => {
    const result = compileRules({});
    expect(result.ok && result.rules.domains.map(({ name }) => name)).toEqual(['default']);
  });

  it.each([
    ['at the top', { domain: [] }, 'domain', 'domains'],
    ['in a domain', { domains: [{ name: 'a', puhs: {} }] }, 'domains[0].puhs', 'push'],
    [
      'in a domain, deep',
      { domains: [{ name: 'a', push: { auth: { typ: 'no_auth' } } }] },
      'domains[0].push.auth.typ',
      'type',
    ],
    ['in a stream', { streams: [{ mach: {} }] }, 'streams[0].mach', 'match'],
    [
      'in settings',
      { streams: [{ hls: { partMilliseconds: 1, segmentSecond: 1 } }] },
      'streams[0].hls.segmentSecond',
      'segmentSeconds',
    ],
    ['in a match', { callbacks: [{ id: 'a', url: 'http://a/', match: { ap: 'x' } }] }, 'callbacks[0].match.ap', 'app'],
    [
      'in one of several forms',
      { revoked: [{ uid: '1', befor: '2025-01-01T00:00:00Z' }] },
      'revoked[0].befor',
      'before',
    ],
    ['in one of several forms, required', { revoked: [{ sesion: '1' }] }, 'revoked[0].sesion', 'session'],
  ])('names the nearest neighbour of an unknown key %s', (_, input, path, near) => {
    expect(errors(input)).toContainEqual({ path, nearest: near, message: expect.stringContaining(near) });
  });

  it.each([
    ['no document', 'text', ''],
    ['signing without a key', { domains: [{ name: 'a', push: { auth: { type: 'type_a' } } }] }, 'domains[0].push.auth'],
    ['a host with a port', { domains: [{ name: 'a', ingest: ['push.a:1935'] }] }, 'domains[0].ingest[0]'],
    ['a host with a scheme', { domains: [{ name: 'a', aliases: ['http://a'] }] }, 'domains[0].aliases[0]'],
    ['a setting out of range', { streams: [{}, { hls: { partMs: 5 } }] }, 'streams[1].hls.partMs'],
    ['a domain twice', { domains: [{ name: 'a' }, { name: 'A' }] }, 'domains[1].name'],
    [
      'a key id twice',
      {
        streamKeys: [
          { id: 'a', key: KEY },
          { id: 'a', key: KEY },
        ],
      },
      'streamKeys[1].id',
    ],
    [
      'a callback id twice',
      {
        callbacks: [
          { id: 'a', url: 'http://a/' },
          { id: 'a', url: 'http://b/' },
        ],
      },
      'callbacks[1].id',
    ],
    [
      'a host in two domains',
      {
        domains: [
          { name: 'a', ingest: ['x.y'] },
          { name: 'b', aliases: ['X.y'] },
        ],
      },
      'domains[1].aliases[0]',
    ],
    ["another domain's name", { domains: [{ name: 'a', ingest: ['b'] }, { name: 'b' }] }, 'domains[0].ingest[0]'],
    ['a short stream key', { streamKeys: [{ id: 'a', key: 'short' }] }, 'streamKeys[0].key'],
    ['a snapshot each second', { streams: [{ snapshot: { everySeconds: 1 } }] }, 'streams[0].snapshot.everySeconds'],
    ['two hours between them', { streams: [{ snapshot: { everySeconds: 7200 } }] }, 'streams[0].snapshot.everySeconds'],
    [
      'a large small picture',
      { streams: [{ snapshot: { spriteShortSide: 480 } }] },
      'streams[0].snapshot.spriteShortSide',
    ],
    [
      'ten seconds of them',
      { streams: [{ snapshot: { spriteKeepSeconds: 10 } }] },
      'streams[0].snapshot.spriteKeepSeconds',
    ],
    ['frozen in the future', { streams: [{ health: { frozenSeconds: -1 } }] }, 'streams[0].health.frozenSeconds'],
    [
      'a sequence without a number',
      { streams: [{ snapshot: { sequence: '{AppName}/{StreamName}.jpg' } }] },
      'streams[0].snapshot.sequence',
    ],
  ])('refuses %s', (_, input, path) => {
    expect(errors(input).map((each) => each.path)).toEqual([path]);
  });

  it.each([
    'a.jpg',
    '{AppName}.jpg',
    '{AppName}/{StreamName}/{User}.jpg',
    '{AppName}/{StreamName}.png',
    '/{AppName}/{StreamName}.jpg',
    '../{AppName}/{StreamName}.jpg',
    '{AppName}//{StreamName}.jpg',
    '{AppName}{/{StreamName}.jpg',
    '{AppName}/{StreamName} .jpg',
    '{AppName}\\{StreamName}.jpg',
  ])('refuses snapshots named %s', (overwrite) => {
    const found = errors({ streams: [{ snapshot: { overwrite } }] });
    expect([...new Set(found.map(({ path }) => path))]).toEqual(['streams[0].snapshot.overwrite']);
  });

  it('says everything at once, and none of the values', () => {
    const found = errors({
      a: 1,
      streamKeys: [{ id: 'x', key: 's3cr3t' }],
      domains: [{ name: 'a', push: { auth: { key1: 's3!' } } }],
    });
    expect(found).toHaveLength(3);
    expect(JSON.stringify(found)).not.toMatch(/s3/);
  });
});

describe('initialRules', () => {
  it('compile: pushing needs a key, playing does not', () => {
    const result = compileRules(initialRules({ pushKey: KEY, streamKey: KEY }));
    if (!result.ok) throw new Error('refused');
    expect(result.rules.domains[0]).toMatchObject({
      name: 'default',
      push: { auth: { type: 'type_a', key1: KEY }, streamKeys: true },
      play: { auth: { type: 'no_auth' } },
    });
    expect(result.compiled.streamKeysFor('default', 'live', 'a').map(({ id }) => id)).toEqual(['first']);
  });
});

describe('config/rules.example.yml', () => {
  const text = readFileSync(new URL('../../config/rules.example.yml', import.meta.url), 'utf8');

  it('is refused as it stands, for its placeholders', () => {
    const paths = errors(parse(text)).map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.every((path) => /key\d?$/.test(path))).toBe(true);
  });

  it('compiles once there are keys in it', () => {
    expect(errors(parse(text.replace(/"<[^>]+>"/g, KEY)))).toEqual([]);
  });
});
