import { describe, expect, it } from 'vitest';
import { CompiledRules, rulesSchema } from '../rules/index.ts';
import { readStreamUrl, type Side, UnknownHostError } from './stream-url.ts';

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

describe('readStreamUrl', () => {
  it.each<[string, Side | undefined, string]>([
    ['rtmp://h/live/demo', undefined, 'publish rtmp-push default live demo /live/demo'],
    ['rtmp://h:1935/live/demo?auth_key=1-0-0-x', undefined, 'publish rtmp-push default live demo /live/demo'],
    ['rtmps://[::1]:1936/a/b/c', undefined, 'publish rtmp-push default a/b c /a/b/c'],
    ['rtmp://push.example.com/live/demo', undefined, 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://live.example.com/live/demo', undefined, 'play rtmp live.example.com live demo /live/demo'],
    ['rtmp://plain.example/live/demo', undefined, 'publish rtmp-push plain.example live demo /live/demo'],
    ['rtmp://live.example.com/live/demo?key=x', undefined, 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://live.example.com/live/demo', 'publish', 'publish rtmp-push live.example.com live demo /live/demo'],
    ['rtmp://h/live/demo?vhost=push.example.com', undefined, 'publish rtmp-push live.example.com live demo /live/demo'],
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
    expect(() => readStreamUrl(text, rules, side)).toThrow(expect.objectContaining({ exitCode: 2, name: 'CliError' }));
  });

  it.each(['rtmp://other/live/demo', 'http://other/live/demo.flv'])('knows no domain for %s', (text) => {
    expect(() => readStreamUrl(text, strict)).toThrow(UnknownHostError);
  });
});
