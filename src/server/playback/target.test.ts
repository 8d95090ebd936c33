import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

const CLIP = '0123456789abcdefghijklmno';

describe('targetOf', () => {
  it.each([
    ['/live/demo.flv', { kind: 'flv', app: 'live', stream: 'demo' }],
    ['/live/demo.m3u8', { kind: 'playlist', app: 'live', stream: 'demo' }],
    ['/live/demo-llhls.m3u8', { kind: 'playlist', app: 'live', stream: 'demo-llhls', packaged: 'demo' }],
    ['/live/demo-llhls.flv', { kind: 'flv', app: 'live', stream: 'demo-llhls' }],
    ['/live/demo_lud.m3u8', { kind: 'playlist', app: 'live', stream: 'demo_lud' }],
    ['/prod/event2026/a/b/main.flv', { kind: 'flv', app: 'prod/event2026/a/b', stream: 'main' }],
    [
      '/live/demo/~tok.en-_1/live.m3u8',
      { kind: 'hls', app: 'live', stream: 'demo', token: 'tok.en-_1', template: '', file: 'live.m3u8' },
    ],
    ['/live/demo/~/12.3.m4s', { kind: 'hls', app: 'live', stream: 'demo', token: '', template: '', file: '12.3.m4s' }],
    [
      '/live/demo/~t/l-sd/7.ts',
      { kind: 'hls', app: 'live', stream: 'demo', token: 't', template: 'l-sd', file: '7.ts' },
    ],
    ['/live/demo.vtt', { kind: 'sprite', app: 'live', stream: 'demo' }],
    ['/live/demo/~t.k/sprite.vtt', { kind: 'sprite', app: 'live', stream: 'demo', token: 't.k' }],
    ['/live/demo/~/sprite-12.jpg', { kind: 'sprite', app: 'live', stream: 'demo', token: '', sheet: 12 }],
    [
      '/live/demo/~t/sprite-1764417600-300-1c291ca3.jpg',
      {
        ...{ kind: 'sprite', app: 'live', stream: 'demo', token: 't' },
        sheet: { startSeconds: 1_764_417_600, stepSeconds: 300, kind: '1c291ca3' },
      },
    ],
    [
      '/live/demo/~t/sprite-1764417601-300-1c291ca3.jpg',
      {
        ...{ kind: 'hls', app: 'live', stream: 'demo', token: 't', template: '' },
        file: 'sprite-1764417601-300-1c291ca3.jpg',
      },
    ],
    ['/live/demo/sprite-12.jpg', { kind: 'snapshot', app: 'live/demo', stream: 'sprite-12' }],
    ['/live/demo/clip', { kind: 'hotkey', app: 'live', stream: 'demo', does: 'clip' }],
    ['/a/b/demo/marker', { kind: 'hotkey', app: 'a/b', stream: 'demo', does: 'marker' }],
    ['/live/clip', { kind: 'page', app: 'live', stream: 'clip' }],
    [`/live/demo/clips/${CLIP}`, { kind: 'clip', app: 'live', stream: 'demo', id: CLIP }],
    [`/live/demo/clips/${CLIP}.mp4`, { kind: 'clip', app: 'live', stream: 'demo', id: CLIP, file: 'mp4' }],
    ['/live/demo/clips/short.jpg', { kind: 'snapshot', app: 'live/demo/clips', stream: 'short' }],
    ['/live/demo/~t.k/chapters.vtt', { kind: 'chapters', app: 'live', stream: 'demo', token: 't.k' }],
    ['/live.m3u', { kind: 'channels', app: 'live' }],
    ['/prod/event2026.m3u', { kind: 'channels', app: 'prod/event2026' }],
    ['/live/demo', { kind: 'page', app: 'live', stream: 'demo' }],
  ])('%s', (path, target) => {
    expect(targetOf(path)).toEqual(target);
  });

  it.each([
    '/',
    '/demo.flv',
    '/live/../demo.flv',
    '/live/%64emo.flv',
    '/live/-demo.flv',
    '/live/_demo.m3u8',
    '/live/de mo.flv',
    '/live/demo\0.flv',
    '/a/b/c/d/e/demo.flv',
    `/live/${'x'.repeat(256)}.flv`,
    '/live/demo/~tok/../../etc/passwd',
    '/live/demo/~tok/.hidden/x',
  ])('%s names no stream', (path) => {
    expect(targetOf(path)).toBeUndefined();
  });
});
