import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

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
      { kind: 'hls', app: 'live', stream: 'demo', token: 'tok.en-_1', file: 'live.m3u8' },
    ],
    ['/live/demo/~/12.3.m4s', { kind: 'hls', app: 'live', stream: 'demo', token: '', file: '12.3.m4s' }],
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
