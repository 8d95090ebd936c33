import { describe, expect, it } from 'vitest';
import { encodeSrsHook, isSrsYes, type SrsHook } from './hook.ts';

const HOOK: SrsHook = {
  action: 'on_play',
  server: 'node-1',
  client: 'c1',
  address: '203.0.113.9',
  domain: 'default',
  host: 'push.example.com',
  app: 'live',
  stream: 'demo',
  query: 'token=a',
};
const encoded = (fields: Partial<SrsHook> = {}) => JSON.parse(encodeSrsHook({ ...HOOK, ...fields }));

describe('encodeSrsHook', () => {
  it('has the fields of SRS', () => {
    expect(encoded({ pageUrl: 'https://shop.example.com/' })).toEqual({
      server_id: expect.stringMatching(/^vid-[0-9a-f]{7}$/),
      service_id: 'node-1',
      action: 'on_play',
      client_id: 'c1',
      ip: '203.0.113.9',
      vhost: '__defaultVhost__',
      app: 'live',
      tcUrl: 'rtmp://push.example.com/live',
      stream: 'demo',
      param: '?token=a',
      pageUrl: 'https://shop.example.com/',
      stream_url: '/live/demo',
      stream_id: expect.stringMatching(/^vid-[0-9a-f]{7}$/),
    });
  });

  it('names a domain as a vhost, and the file of a recording', () => {
    const file = { folder: 'recordings', name: 'live/demo.mp4' };
    const hook = encoded({ action: 'on_dvr', domain: 'play.example.com', host: '', query: '', file });
    expect(hook).toMatchObject({ vhost: 'play.example.com', tcUrl: 'rtmp://play.example.com/live', param: '' });
    expect(hook).toMatchObject({ cwd: 'recordings', file: 'live/demo.mp4', stream_url: 'play.example.com/live/demo' });
    expect(hook).not.toHaveProperty('pageUrl');
  });

  it('is the same stream for each client, and another for another stream', () => {
    expect(encoded({ client: 'c2' }).stream_id).toBe(encoded().stream_id);
    expect(encoded({ stream: 'other' }).stream_id).not.toBe(encoded().stream_id);
  });
});

describe('isSrsYes', () => {
  it.each(['0', ' 0\n', '{"code":0}', '{"code": 0, "data": {}}'])('%j is a yes', (body) => {
    expect(isSrsYes(body)).toBe(true);
  });

  it.each(['', '1', '00', 'ok', '{"code":1}', '{"code":"0"}', '{}', 'null', '[0]', '0 0', '{"code":0'])(
    '%j is none',
    (body) => {
      expect(isSrsYes(body)).toBe(false);
    },
  );
});
