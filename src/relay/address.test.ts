import { expect, it } from 'vitest';
import { destinationAddress, filledIn, rtmpAddress, shownAddress } from './address.ts';

it('splits an RTMP URL before its last segment', () => {
  expect(rtmpAddress('rtmps://a.test/prod/event/main?token=x%2Fy')).toEqual({
    ...{ host: 'a.test', port: 443, isSecure: true, tcUrl: 'rtmps://a.test/prod/event', app: 'prod/event' },
    streamName: 'main?token=x%2Fy',
  });
  expect(rtmpAddress('rtmp://[::1]:1936/live/x')).toMatchObject({ host: '::1', port: 1936, isSecure: false });
});

it('keeps server and key of a destination apart', () => {
  expect(destinationAddress('rtmp://a.test/app/', 'key?x=1')).toMatchObject({
    ...{ tcUrl: 'rtmp://a.test/app', app: 'app', streamName: 'key?x=1', port: 1935 },
  });
});

it('fills in names that can do nothing else to a URL', () => {
  const id = { app: 'a/b', name: '../x?y' };
  expect(filledIn('rtmp://a.test/{app}/{stream}', id)).toBe('rtmp://a.test/a/b/..%2Fx%3Fy');
});

it('shows nothing of a URL that may be a key', () => {
  expect(shownAddress('rtsp://user:word@cam.test:8554/secret?key=1')).toBe('rtsp://cam.test:8554');
});
