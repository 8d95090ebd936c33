import { describe, expect, it } from 'vitest';
import { CompiledRules, rulesSchema } from '../rules/index.ts';
import { pushSetup } from './push-setup.ts';
import { authority, type PublicAddresses, playUrls } from './urls.ts';

const PLAIN: PublicAddresses = { host: '192.0.2.1', rtmpPort: 1935, playbackPort: 8080, controlPort: 8090 };
const SECURE: PublicAddresses = { ...PLAIN, host: 'live.test', rtmpsPort: 1936, playbackTlsPort: 8443 };

describe('authority', () => {
  it.each([
    ['live.test', 80, 80, 'live.test'],
    ['live.test', 8080, 80, 'live.test:8080'],
    ['::1', 8080, 80, '[::1]:8080'],
    ['[::1]', 80, 80, '[::1]'],
  ])('of %s and %i', (host, port, own, expected) => expect(authority(host, port, own)).toBe(expected));
});

describe('playUrls', () => {
  it.each<[string, PublicAddresses, string, string, string]>([
    ['plain', PLAIN, 'default', 'http://192.0.2.1:8080', 'rtmp://192.0.2.1'],
    ['plain, in a domain', PLAIN, 'b.test', 'http://b.test:8080', 'rtmp://b.test'],
    ['plain, in a wild one', PLAIN, '*.b.test', 'http://192.0.2.1:8080', 'rtmp://192.0.2.1'],
    ['secure where there is a certificate', SECURE, 'default', 'https://live.test:8443', 'rtmps://live.test:1936'],
    [
      'without the port that is the own one of TLS',
      { ...SECURE, rtmpsPort: 443, playbackTlsPort: 443 },
      'b.test',
      'https://b.test',
      'rtmps://b.test',
    ],
  ])('are %s', (_, addresses, domain, http, rtmp) => {
    expect(playUrls({ domain, app: 'live', name: 'demo' }, addresses)).toEqual({
      flv: `${http}/live/demo.flv`,
      hls: `${http}/live/demo.m3u8`,
      rtmp: `${rtmp}/live/demo`,
      page: `${http}/live/demo`,
    });
  });
});

describe('pushSetup', () => {
  const rules = new CompiledRules(
    rulesSchema.parse({ streamKeys: [{ id: 'one', match: {}, key: '0123456789abcdef' }] }),
  );

  it.each([
    [PLAIN, 'rtmp://192.0.2.1/live'],
    [SECURE, 'rtmps://live.test:1936/live'],
  ])('names the server that has a certificate by RTMPS', (addresses, server) => {
    const { obs, example, urls } = pushSetup(rules, addresses, 'live', 'demo');
    expect(obs).toEqual({ server, streamKey: 'demo?key=0123456789abcdef' });
    expect(example.ffmpeg).toContain(`'${server}/demo?key=0123456789abcdef'`);
    expect(urls).toEqual(playUrls({ domain: 'default', app: 'live', name: 'demo' }, addresses));
  });

  it.each([
    ['its ingest name', { name: 'tv.test', ingest: ['push.tv.test'] }, 'rtmp://push.tv.test/live', 'tv.test'],
    ['its own name', { name: 'tv.test' }, 'rtmp://tv.test/live', 'tv.test'],
    ['an alias', { name: 'default', aliases: ['*.b.test', 'tv.test'] }, 'rtmp://tv.test/live', 'tv.test'],
    [
      'our host where the rules know it',
      { name: 'tv.test', aliases: ['192.0.2.1'] },
      'rtmp://192.0.2.1/live',
      'tv.test',
    ],
  ])('names what the rules let in: %s', (_, domain, server, playHost) => {
    const strict = new CompiledRules(rulesSchema.parse({ domains: [domain], unknownHosts: 'refuse' }));
    const { obs, urls } = pushSetup(strict, PLAIN, 'live', 'demo');
    expect([obs.server, urls.page]).toEqual([server, `http://${playHost}:8080/live/demo`]);
  });
});
