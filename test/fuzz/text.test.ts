import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientAddresses, ProxyProtocolReader, resourcePath, verifyTypeA } from '../../src/access/index.ts';
import { MalformedError } from '../../src/protocol/bytes/index.ts';
import {
  parseDeliveryDirectives,
  parseMediaPlaylist,
  parseMultivariantPlaylist,
} from '../../src/protocol/m3u8/index.ts';
import { resolvePushUrl } from '../../src/protocol/rtmp/index.ts';
import type { UrlAuth } from '../../src/rules/index.ts';
import { byteRangeOf } from '../../src/server/http/index.ts';
import { readBeacon } from '../../src/server/playback/beacon.ts';
import { targetOf } from '../../src/server/playback/target.ts';

const runMs = Number(process.env.FUZZ_MS ?? 250);

const KEY = 'fuzzKey0123456789abcdef';
const auth = (type: UrlAuth['type']): UrlAuth => ({ type, key1: KEY, key2: undefined, validitySeconds: 600 });
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;

function expectNames(app: string, stream: string): void {
  expect(app.split('/').length).toBeLessThanOrEqual(4);
  for (const part of [...app.split('/'), stream]) expect(part).toMatch(NAME);
}

type Target = { readonly name: string; readonly seeds: readonly string[]; readonly read: (text: string) => unknown };

const targets: readonly Target[] = [
  {
    name: 'a path of the playback door',
    seeds: [
      '/live/demo.flv',
      '/a/b/c/d/demo.m3u8',
      '/live/demo/~sp1.a.b.c/lsd/live.m3u8',
      '/live/demo/~/sprite-1.jpg',
      '/live.m3u',
      '/live/demo',
    ],
    read: (path) => {
      const target = targetOf(path);
      if (target && 'stream' in target) expectNames(target.app, target.stream);
    },
  },
  {
    name: 'where an encoder pushes to',
    seeds: [
      'rtmp://h:1/live|live|demo?key=x',
      'rtmp://h/||live/demo',
      'rtmp://[::1]/a/b?vhost=c||%64emo',
      '|live|a?b=c&b=d',
    ],
    read: (text) => {
      const [tcUrl = '', app = '', streamName = ''] = text.split('|');
      const read = resolvePushUrl({ tcUrl, app, streamName });
      if (read.ok) expectNames(read.app, read.streamName);
    },
  },
  {
    name: 'delivery directives',
    seeds: ['?_HLS_msn=5&_HLS_part=1', '_HLS_skip=v2', 'hw_token=a&_HLS_msn=0', '_HLS_msn=1&_HLS_msn=2'],
    read: parseDeliveryDirectives,
  },
  {
    name: 'a signature of type A',
    seeds: [
      '1700000000-0-0-0123456789abcdef0123456789abcdef',
      '9999999999-r-u-ffffffffffffffffffffffffffffffff',
      '1-2',
    ],
    read: (authKey) => {
      const verified = verifyTypeA({ path: '/live/demo.flv', authKey, auth: auth('type_a'), nowMs: 0 });
      expect(verified.ok).toBe(false);
      expect(JSON.stringify(verified)).not.toContain(KEY);
    },
  },
  {
    name: 'a signed path of types B and C',
    seeds: [
      '/202601010000/0123456789abcdef0123456789abcdef/live/demo.flv',
      '/0123456789abcdef0123456789abcdef/695e1200/live/demo.flv',
    ],
    read: (path) => [resourcePath(path, auth('type_b')), resourcePath(path, auth('type_c'))],
  },
  {
    name: 'headers of a proxy',
    seeds: ['192.0.2.1, 10.0.0.1|https', 'for="[2001:db8::1]:80";proto=https, for=_hidden|', '::ffff:192.0.2.1|http'],
    read: (text) => {
      const [first = '', proto = ''] = text.split('|');
      const clients = new ClientAddresses({ trustedProxies: ['10.0.0.0/8'] });
      for (const headers of [{ 'x-forwarded-for': first, 'x-forwarded-proto': proto }, { forwarded: first }]) {
        const { scheme } = clients.find({ address: '10.1.1.1', scheme: 'http' }, headers);
        expect(['http', 'https']).toContain(scheme);
      }
    },
  },
  {
    name: 'a PROXY header',
    seeds: [
      'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
      'PROXY UNKNOWN\r\nGET /',
      '\r\n\r\n\0\r\nQUIT\n!\x11\0\f\x01\x02\x03\x04\x05\x06\x07\b\x01\x02\x03\x04',
    ],
    read: (text) => new ProxyProtocolReader().push(Buffer.from(text, 'latin1')),
  },
  {
    name: 'a range',
    seeds: ['bytes=0-1', 'bytes=-5', 'bytes=5-', 'bytes=0-1,2-3'],
    read: (text) => byteRangeOf(text, 100),
  },
  {
    name: 'a beacon',
    seeds: [
      '{"v":1,"app":"a","stream":"b","protocol":"hls","session":"s","watchedMs":1,"stalledMs":0,"stalls":0}',
      '{"v":1e999}',
      '[]',
    ],
    read: readBeacon,
  },
  {
    name: 'a media playlist',
    seeds: [
      '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=0.3\n#EXT-X-PART:DURATION=0.3,URI="a",BYTERANGE="1@2"\n#EXTINF:2,\na.m4s\n',
    ],
    read: parseMediaPlaylist,
  },
  {
    name: 'a multivariant playlist',
    seeds: ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720\na.m3u8\n'],
    read: parseMultivariantPlaylist,
  },
];

const characters = fc.constantFrom(
  ...'/.%~?&=-_|,:;"[]\\\0\r\n 0aZ9é\u202e\ud800',
  '%2f',
  '%00',
  '..',
  '1e999',
  '-1',
  '4294967296',
);

/** One of `seeds` with pieces put in, taken out and changed. */
function mutated(seeds: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), characters);
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 })).map(([seed, edits]) =>
    edits.reduce((text, [where, drop, piece]) => {
      const at = Math.floor(where * text.length);
      return text.slice(0, at) + piece + text.slice(at + drop);
    }, seed),
  );
}

describe.each(targets)('$name throws nothing but MalformedError', ({ seeds, read }) => {
  const tolerating = (text: string) => {
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  };
  const limits = { numRuns: 1_000_000, interruptAfterTimeLimit: runMs };

  it('for mutated texts', () => {
    fc.assert(fc.property(mutated(seeds), tolerating), limits);
  });

  it('for random texts', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), tolerating), limits);
  });
});
