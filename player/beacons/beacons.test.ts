import { expect, it } from 'vitest';
import { withViewing } from './beacons.ts';

const SESSION = '0123456789abcdef';

it.each([
  ['https://play.example/live/a.flv', 'https://play.example/live/a.flv?hw_viewing=0123456789abcdef'],
  [
    'https://play.example/live/a.m3u8?auth_key=1-2-3',
    'https://play.example/live/a.m3u8?auth_key=1-2-3&hw_viewing=0123456789abcdef',
  ],
  ['wss://play.example/live/a.flv', 'wss://play.example/live/a.flv?hw_viewing=0123456789abcdef'],
  ['https://bucket.example/a.m3u8?signature=abc', 'https://bucket.example/a.m3u8?signature=abc'],
])('names the viewing at its own server only: %s', (url, expected) => {
  expect(withViewing(url, SESSION, 'https://play.example')).toBe(expected);
});
