import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerError } from './answer-fields.ts';
import { readNodeHealth, readSetup, readStreams } from './read-answers.ts';

const whole = {
  domain: 'default',
  app: 'live',
  name: 'demo',
  state: 'publishing',
  isRecording: true,
  startedAt: '2026-11-20T10:00:00Z',
  publisher: { address: '127.0.0.1', encoder: 'OBS 30.2' },
  tracks: [{ kind: 'video', codec: 'h264', width: 1280, height: 720, fps: 25, bitrateKbps: 2400 }],
  bitrateKbps: 2530,
  gopSeconds: 2,
  viewers: { flv: 1, wsFlv: 2, rtmp: 3, hls: 4 },
  health: { status: 'good', findings: [] },
  urls: {
    flv: 'http://h/live/demo.flv',
    hls: 'http://h/live/demo.m3u8',
    rtmp: 'rtmp://h/live/demo',
    page: 'http://h/live/demo',
  },
  sources: {
    ...{ onAir: 'main', choice: 'auto' },
    sources: [
      {
        ...{ source: 'main', state: 'onAir', address: '127.0.0.1', encoder: 'OBS 30.2', codecs: 'h264 aac' },
        ...{ width: 1280, height: 720, bitrateKbps: 2530, fps: 25, silentSeconds: 0 },
      },
    ],
  },
};

describe('readStreams', () => {
  it('keeps everything the contract has', () => {
    expect(readStreams({ streams: [whole] })).toEqual([whole]);
  });

  it('sorts by place, ended ones last', () => {
    const streams = [
      { ...whole, name: 'a', state: 'ended' },
      { ...whole, name: 'c' },
      { ...whole, name: 'b' },
    ];
    expect(readStreams({ streams }).map((stream) => stream.name)).toEqual(['b', 'c', 'a']);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example/', 7, undefined])(
    'makes no link of %s',
    (page) => {
      expect(readStreams({ streams: [{ ...whole, urls: { page } }] })[0]?.urls.page).toBeUndefined();
    },
  );

  it.each([null, undefined, 7, {}, { streams: {} }])('refuses %j', (answer) => {
    expect(() => readStreams(answer)).toThrow(AnswerError);
  });

  it('survives any entry', () => {
    fc.assert(fc.property(fc.array(fc.anything()), (streams) => readStreams({ streams }).length === streams.length));
    expect(readStreams({ streams: [{}] })[0]).toMatchObject({
      viewers: { flv: 0, wsFlv: 0, rtmp: 0, hls: 0 },
      tracks: [],
    });
  });
});

describe('readSetup', () => {
  it('keeps everything the contract has', () => {
    const answer = {
      obs: { server: 'rtmp://h/live', streamKey: 'demo?key=1' },
      example: { ffmpeg: 'ffmpeg -re' },
      urls: { player: 'http://h/live/demo' },
    };
    expect(readSetup(answer)).toEqual({
      obs: answer.obs,
      exampleFfmpeg: 'ffmpeg -re',
      playerUrl: 'http://h/live/demo',
    });
  });

  it('survives any answer', () => {
    fc.assert(fc.property(fc.anything(), (answer) => typeof readSetup(answer).obs.server === 'string'));
  });
});

describe('readNodeHealth', () => {
  it('keeps everything the contract has', () => {
    const answer = {
      status: 'degraded',
      version: '0.1.0',
      uptimeSeconds: 12,
      database: { state: 'away', reason: 'connection refused', remedy: 'start it' },
      ffmpeg: { found: true, version: '5.1' },
      posture: [{ code: 'OPEN_PLAY', sentence: 'Anyone may play.', remedy: 'Set a key.' }],
    };
    expect(readNodeHealth(answer)).toEqual({ ...answer, ffmpeg: { isFound: true, version: '5.1' } });
  });

  it('makes do with a status', () => {
    expect(readNodeHealth({ status: 'ok' })).toMatchObject({ database: { state: 'unknown' }, posture: [] });
  });

  it('refuses an answer without one', () => {
    expect(() => readNodeHealth({})).toThrow(AnswerError);
  });
});
