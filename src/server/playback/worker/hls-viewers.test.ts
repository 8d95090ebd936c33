import { describe, expect, it } from 'vitest';
import { TestClock } from '../../../live/test-clock.ts';
import { streamSettingsSchema } from '../../../rules/index.ts';
import type { HlsGrant } from '../index.ts';
import { HlsViewers } from './hls-viewers.ts';
import { Reporting } from './reporting.ts';

const ID = { domain: 'default', app: 'live', name: 'one' };
const FOLDER = '/live/one/~t1/';
const BY = { folder: FOLDER, host: 'a.test', address: '192.0.2.1', isSecure: false };

function harness() {
  const clock = new TestClock();
  const used: string[] = [];
  const reporting = new Reporting({
    ...{ viewers: new Map(), tallies: {}, copyCount: () => 0, hlsBytes: () => 0, send: () => {} },
  });
  const viewers = new HlsViewers(
    {
      ...{ clock, reporting, blockingRequests: 0, packagers: { find: () => undefined } as never },
      copies: { count: 0, get: async () => undefined, use: ({ name }) => used.push(name) },
    },
    1,
  );
  const grant: HlsGrant = {
    ...{ kind: 'hls', key: 'k', token: 't1', folder: FOLDER, host: 'a.test', address: '192.0.2.1', isSecure: false },
    ...{ expiresAtMs: clock.wallMs() + 60_000, rules: 1, id: ID, owner: ID, siblings: [] },
    packaging: {
      settings: streamSettingsSchema.parse({}).hls,
      ...{ rotateSeconds: undefined, longest: { segmentMs: 2000, partMs: 300 }, listsEarlier: false },
    },
  };
  return { clock, viewers, grant, used };
}

describe('HlsViewers.isAllowed', () => {
  it('is for the viewer whom the server let in, and for nobody else', () => {
    const { viewers, grant, used } = harness();
    expect(viewers.isAllowed(BY, '')).toBe(false);
    viewers.take(grant);
    expect(used).toEqual(['one']);
    expect(viewers.isAllowed(BY, '')).toBe(true);
    for (const other of [
      { folder: '/live/one/~t2/' },
      { folder: '/live/one/~t1/hd/' },
      { host: 'b.test' },
      { address: '192.0.2.2' },
      { isSecure: true },
    ]) {
      expect(viewers.isAllowed({ ...BY, ...other }, '')).toBe(false);
    }
  });

  it('tells viewers apart by the query where all have the same folder', () => {
    const { viewers, grant } = harness();
    const folder = '/live/one/~/';
    viewers.take({ ...grant, folder });
    expect(viewers.isAllowed({ ...BY, folder }, 'hw_token=t1&_HLS_msn=3')).toBe(true);
    expect(viewers.isAllowed({ ...BY, folder }, 'hw_token=t2')).toBe(false);
    expect(viewers.isAllowed({ ...BY, folder }, '')).toBe(false);
  });

  it('ends with the time of the token, with the rules, and with the session', () => {
    const expired = harness();
    expired.viewers.take(expired.grant);
    expired.clock.advance(60_000);
    expect(expired.viewers.isAllowed(BY, '')).toBe(false);

    const ruled = harness();
    ruled.viewers.take(ruled.grant);
    ruled.viewers.rulesChanged(2);
    expect(ruled.viewers.isAllowed(BY, '')).toBe(false);

    const ended = harness();
    ended.viewers.take(ended.grant);
    ended.viewers.shutOut('t1');
    expect(ended.viewers.isAllowed(BY, '')).toBe(false);
  });

  it('does not take what was allowed before the rules changed or the session ended, however late it comes', () => {
    const { viewers, grant } = harness();
    viewers.rulesChanged(2);
    viewers.take(grant);
    expect(viewers.isAllowed(BY, '')).toBe(false);
    viewers.shutOut('t1');
    viewers.take({ ...grant, rules: 2 });
    expect(viewers.isAllowed(BY, '')).toBe(false);
  });

  it('is over before the server forgets a viewer who asks for nothing', () => {
    const { clock, viewers, grant } = harness();
    viewers.take(grant);
    for (let i = 0; i < 20; i++) {
      clock.advance(1000);
      viewers.sweep();
      expect(viewers.isAllowed(BY, '')).toBe(true);
    }
    clock.advance(11_000);
    viewers.sweep();
    expect(viewers.isAllowed(BY, '')).toBe(false);
  });
});
