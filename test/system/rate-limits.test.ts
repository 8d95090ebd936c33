import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, startHeadwater } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';

const KEY = 'play-key-0123456789';
let server: Headwater;

beforeAll(async () => {
  const auth = { type: 'type_a' as const, key1: KEY };
  server = await startHeadwater({
    rules: { domains: [{ name: 'default', push: { auth: { type: 'no_auth' } }, play: { auth } }] },
    env: {
      ...NO_DATABASE,
      HEADWATER_TRUSTED_PROXIES: '127.0.0.1',
      HEADWATER_LIMITS_REQUESTS_PER_ADDRESS: '1',
      HEADWATER_LIMITS_REFUSALS_PER_ADDRESS: '3',
    },
  });
});
afterAll(() => server?.stop());

const answers = async (count: number, url: string, from: string) => {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const response = await fetch(url, { headers: { 'x-forwarded-for': from } });
    const later = response.headers.get('retry-after');
    found.push(later === null ? String(response.status) : `${response.status} after ${later}`);
    await response.arrayBuffer();
  }
  return [...new Set(found)];
};

it.each([
  ['the API', '192.0.2.1', () => `http://127.0.0.1:${server.controlPort}/api/v1/streams`, '401'],
  ["ApsaraVideo's OpenAPI", '192.0.2.2', () => `http://127.0.0.1:${server.controlPort}/?Action=Nothing`, '400'],
  ['tus', '192.0.2.3', () => `http://127.0.0.1:${server.uploadPort}/_upload/tus/x`, '412'],
  ['OSS', '192.0.2.4', () => `http://127.0.0.1:${server.uploadPort}/bucket/object`, '403'],
])('answers so many requests of one address at %s, and others as before', async (_name, from, url, usual) => {
  expect(await answers(25, url(), from)).toEqual([usual, '429 after 5']);
  expect(await answers(1, url(), '198.51.100.7')).not.toContain('429 after 5');
});

it('lets nobody go on guessing how to play', async () => {
  const url = `${server.playback}/live/demo.flv?auth_key=1-0-0-${'0'.repeat(32)}`;
  expect(await answers(10, url, '203.0.113.1')).toEqual(['403', '429 after 5']);
  expect(await answers(1, url, '203.0.113.2')).toEqual(['403']);
});
