import { describe, expect, it } from 'vitest';
import { resolvePushUrl } from './index.ts';

describe('resolvePushUrl', () => {
  it.each([
    // tcUrl, app, stream name, host, app, stream name, query
    ['rtmp://h/live', 'live', 'demo?auth_key=1-0-0-ab', 'h', 'live', 'demo', 'auth_key=1-0-0-ab'],
    ['rtmp://H.Example:1935/live', 'live', 'demo', 'h.example', 'live', 'demo', ''],
    ['rtmp://h', '', 'live/demo?a=1', 'h', 'live', 'demo', 'a=1'],
    ['rtmp://h/', '', '/live/demo', 'h', 'live', 'demo', ''],
    ['rtmp://h/live/demo?a=1', 'live/demo?a=1', '', 'h', 'live', 'demo', 'a=1'],
    ['rtmp://h/live/demo?a=1', '', '', 'h', 'live', 'demo', 'a=1'],
    ['rtmp://h/a/b/c', 'a/b/c', 'name', 'h', 'a/b/c', 'name', ''],
    // ffmpeg 5.1 with rtmp://h/a/b/c and rtmp://h/a/b/c/d
    ['rtmp://h:1/a/b', 'a/b', 'c', 'h', 'a/b', 'c', ''],
    ['rtmp://h:1/a/b', 'a/b', 'c/d', 'h', 'a/b/c', 'd', ''],
    // ffmpeg 5.1 with rtmp://h//live/dd and rtmp://h/live?vhost=x.org/stream?k=v
    ['rtmp://h:1//live', '/live', 'dd', 'h', 'live', 'dd', ''],
    ['rtmp://h:1/live?vhost=x.org', 'live?vhost=x.org', 'stream?k=v', 'x.org', 'live', 'stream', 'vhost=x.org&k=v'],
    ['rtmp://h/a/b/c/d', 'a/b/c/d', 'e', 'h', 'a/b/c/d', 'e', ''],
    ['rtmp://h/live?k=1&z=2', 'live?k=1&z=2', 'demo?k=3', 'h', 'live', 'demo', 'z=2&k=3'],
    ['rtmp://h/live?k=1', 'live', 'demo', 'h', 'live', 'demo', 'k=1'],
    ['rtmp://h/live', 'live', 'demo?vhost=Play.Example', 'play.example', 'live', 'demo', 'vhost=Play.Example'],
    ['rtmp://h/live', 'live', 'demo?a=%2F&a=2', 'h', 'live', 'demo', 'a=%2F&a=2'],
    ['rtmp://h/live', 'live', 'demo?a=1?b=2', 'h', 'live', 'demo', 'a=1&b=2'],
    ['rtmp://h/live', 'live/', '/demo', 'h', 'live', 'demo', ''],
    ['rtmp://h/li%76e', 'li%76e', 'd%65mo', 'h', 'live', 'demo', ''],
    ['rtmps://[::1]:1936/live', 'live', 'demo', '::1', 'live', 'demo', ''],
    ['rtmp://user:pass@h:1935/live', 'live', 'demo', 'h', 'live', 'demo', ''],
    ['not a url', 'live', 'demo', '', 'live', 'demo', ''],
    ['', 'live', 'demo', '', 'live', 'demo', ''],
  ])('%s | %s | %s', (tcUrl, givenApp, givenName, host, app, streamName, query) => {
    expect(resolvePushUrl({ tcUrl, app: givenApp, streamName: givenName })).toEqual({
      ok: true,
      host,
      app,
      streamName,
      query,
    });
  });

  it.each([
    ['live', '', 'NO_STREAM_NAME'],
    ['live?a=1', '?b=2', 'NO_STREAM_NAME'],
    ['', '', 'NO_STREAM_NAME'],
    ['', 'demo', 'NO_APP'],
    ['a/b/c/d/e', 'f', 'TOO_MANY_SEGMENTS'],
    ['live', '..', 'BAD_NAME'],
    ['..', 'demo', 'BAD_NAME'],
    ['live', 'a/../b', 'BAD_NAME'],
    ['live', '%2e%2e%2fetc', 'BAD_NAME'],
    ['live', 'a%2fb', 'BAD_NAME'],
    ['live', 'a%252fb', 'BAD_NAME'],
    ['live', 'a%00', 'BAD_NAME'],
    ['live', 'a\0', 'BAD_NAME'],
    ['live', 'a%', 'BAD_NAME'],
    ['live', 'a\n', 'BAD_NAME'],
    ['live', 'a b', 'BAD_NAME'],
    ['live', 'a.b', 'BAD_NAME'],
    ['live', '-a', 'BAD_NAME'],
    ['live', '_a', 'BAD_NAME'],
    ['live', 'dеmo', 'BAD_NAME'],
    ['live', 'a'.repeat(256), 'BAD_NAME'],
    ['live', `a?${'b'.repeat(9000)}`, 'BAD_NAME'],
  ])('%s | %s is refused: %s', (app, streamName, reason) => {
    expect(resolvePushUrl({ tcUrl: 'rtmp://h', app, streamName })).toEqual({ ok: false, reason });
  });

  it('lets a name of 255 letters pass', () => {
    expect(resolvePushUrl({ tcUrl: 'rtmp://h', app: 'live', streamName: 'a'.repeat(255) }).ok).toBe(true);
  });
});
