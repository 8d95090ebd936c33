import { describe, expect, it } from 'vitest';
import { CompiledRules, rulesSchema } from '../../rules/index.ts';
import { playlistOfPage, RefusedHostError, readStreamUrl, type Side } from './stream-url.ts';

const rules = new CompiledRules(
  rulesSchema.parse({
    domains: [
      { name: 'default' },
      { name: 'plain.example' },
      { name: 'live.example.com', ingest: ['push.example.com'], aliases: ['cdn.example.com'] },
    ],
  }),
);

const strict = new CompiledRules(rulesSchema.parse({ domains: [{ name: 'a.example' }], unknownHosts: 'refuse' }));

describe('playlistOfPage', () => {
  it.each<[string, string | undefined]>([
    ['http://h:8080/live/demo', 'http://h:8080/live/demo.m3u8'],
    ['https://h/a/b/demo/?embed=1&auth_key=1-0-0-x&muted', 'https://h/a/b/demo.m3u8?auth_key=1-0-0-x'],
    ['http://h/live/demo.flv', undefined],
    ['http://h/live.m3u', undefined],
    ['http://h/', undefined],
    ['rtmp://h/live/demo', undefined],
  ])('%s plays %s', (page, playlist) => expect(playlistOfPage(page)).toBe(playlist));
});

describe('readStreamUrl', () => {
  it.each<[string, Side | undefined, string]>([
    ['rtmp://h/live/demo', undefined, 'publish rtmp-push default live demo /live/demo'],
    ['rtmp://h:1935/live/demo?auth_key=1-0-0-x', undefined, 'publish rtmp-push default live demo /live/demo'],
    ['rtmps://[::1]:1936/a/b/c', undefined, 'publish rtmp-push default a/b c /a/b/c'],
    ['rtmp://push.example.com/live/demo', undefined, 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://live.example.com/live/demo', undefined, 'play rtmp live.example.com live demo /live/demo'],
    ['rtmp://plain.example/live/demo', undefined, 'publish rtmp-push plain.example live demo /live/demo'],
    ['rtmp://h/live/demo?vhost=push.example.com', undefined, 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://h/live/demo?vhost=live.example.com', 'publish', 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://h/live/demo', 'play', 'play rtmp default live demo /live/demo'],
    ['http://cdn.example.com/live/demo.flv', undefined, 'play flv live.example.com live demo /live/demo.flv'],
    ['HTTPS://h:8443/live/demo_lsd.m3u8?a=1', undefined, 'play hls default live demo_lsd /live/demo_lsd.m3u8'],
    ['http://h/live/demo-llhls.m3u8', undefined, 'play hls default live demo /live/demo-llhls.m3u8'],
    ['ws://h/live/demo.flv', undefined, 'play ws-flv default live demo /live/demo.flv'],
  ])('%s as %s', (text, side, expected) => {
    const url = readStreamUrl(text, rules, side);
    expect([url.side, url.protocol, url.domain.name, url.app, url.stream, url.path].join(' ')).toBe(expected);
  });

  it.each<[string, Side | undefined]>([
    ['live/demo', undefined],
    ['srt://h/live/demo', undefined],
    ['rtmp://h', undefined],
    ['rtmp://h/demo', undefined],
    ['rtmp://h/a/b/c/d/e/f', undefined],
    ['rtmp://:1935/live/demo', undefined],
    ['http://h/live/demo', undefined],
    ['http://h/demo.flv', undefined],
    ['http://h/live/demo.mp4', undefined],
    ['ws://h/live/demo.m3u8', undefined],
    ['http://h/live/demo.flv', 'publish'],
  ])('refuses %s as %s with what to give instead', (text, side) => {
    expect(() => readStreamUrl(text, rules, side)).toThrow(
      expect.objectContaining({ code: 'BAD_URL', name: 'OperationError' }),
    );
  });

  it.each<[string, Side | undefined, string]>([
    ['rtmp://live.example.com/live/demo?key=x', undefined, 'PLAY_HOST'],
    ['rtmp://live.example.com/live/demo', 'publish', 'PLAY_HOST'],
    ['http://push.example.com/live/demo.flv', undefined, 'INGEST_HOST'],
  ])('says that the host of %s as %s is not for that', (text, side, code) => {
    expect(() => readStreamUrl(text, rules, side)).toThrow(expect.objectContaining({ code }));
  });

  it.each(['rtmp://other/live/demo', 'http://other/live/demo.flv'])('knows no domain for %s', (text) => {
    expect(() => readStreamUrl(text, strict)).toThrow(RefusedHostError);
  });
});
