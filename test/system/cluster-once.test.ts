import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../../src/identity/credentials/index.ts';
import { signer } from '../support/access-rules.ts';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { http } from '../support/http.ts';
import { type Headwater, until } from '../support/index.ts';
import { view } from '../support/viewer-doors.ts';

const AUTH = { type: 'type_a', key1: 'onceKey0123456789abcdefgh' } as const;
const RULES = {
  domains: [{ name: 'default', push: { auth: { type: 'no_auth' as const } }, play: { auth: AUTH, singleUse: true } }],
  streams: [
    {
      match: {},
      hls: { segmentSeconds: 1, windowSegments: 3 },
      timeShift: { enabled: true, nearSeconds: 0 },
    },
  ],
};
const FLV = '/live/demo.flv';

let cluster: TestCluster;
let one: Headwater;
let two: Headwater;
let signatures = 0;

beforeAll(async () => {
  cluster = await openCluster('cluster-once', { rules: RULES });
  [one, two] = [await cluster.run('one'), await cluster.run('two')];
  cluster.push(one, 'demo', { fps: 20, gop: 20, size: '160x90', bitrate: '80k' });
  for (const node of [one, two]) {
    await until('it plays', async () => (await http(node.playback + signed(FLV), { method: 'HEAD' })).status === 200);
  }
}, 300_000);

afterAll(() => cluster?.close());

/** An address that nobody has used. */
const signed = (path: string) => signer(AUTH, { uid: 'ann', rand: `once${++signatures}` })(path);

async function answerAt(node: Headwater, url: string): Promise<string> {
  const viewing = await view(node, 'flv', { name: 'live/demo', sign: () => url });
  viewing.close();
  return viewing.answer;
}

describe('what is good once', () => {
  it('opens one session on all nodes, whichever is asked first', async () => {
    for (const [first, second] of [
      [one, two],
      [two, one],
    ] as const) {
      const url = signed(FLV);
      expect(await answerAt(first, url)).toBe('playing');
      expect(await answerAt(second, url)).toBe('signature already used');
      expect(await answerAt(first, url)).toBe('signature already used');
    }
  });

  it('opens one where many ask both nodes at the same time', async () => {
    const url = signed(FLV);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => answerAt(n % 2 ? one : two, url)));
    expect(answers.filter((answer) => answer === 'playing')).toHaveLength(1);
  });

  it('is good elsewhere where it opened nothing', async () => {
    const url = signed('/live/nobody.flv');
    const asked = async (node: Headwater) => (await http(node.playback + url, {})).status;
    expect([await asked(one), await asked(two), await asked(one)]).toEqual([404, 404, 404]);
  });

  it('opens the past, which another node has, once', async () => {
    const now = Math.floor(Date.now() / 1000);
    const path = (from: number) => `/live/demo.m3u8?aliyunols=on&lhs_start_unix_s_0=${from}`;
    const asked = async (node: Headwater, url: string) => (await http(node.playback + url, {})).status;
    const url = await until('there is a past', async () => {
      const fresh = signed(path(now));
      return (await asked(two, fresh)) === 200 ? fresh : undefined;
    });
    expect([await asked(two, url), await asked(one, url)]).toEqual([403, 403]);
  });

  it('is known over a restart', async () => {
    const url = signed(FLV);
    expect(await answerAt(two, url)).toBe('playing');
    await two.stop();
    two = await cluster.run('two');
    await until('it plays', async () => (await http(two.playback + signed(FLV), { method: 'HEAD' })).status === 200);
    expect(await answerAt(two, url)).toBe('signature already used');
  }, 60_000);

  it('a code of an authenticator lets in on one node', async () => {
    const { secret } = await cluster.ask<{ secret: string }>(one, '/me/totp', { method: 'POST' });
    const step = () => totpStep(Date.now());
    const confirm = { method: 'POST', body: JSON.stringify({ code: totpCode(secret, step()) }) };
    await cluster.ask(one, '/me/totp/confirm', confirm);
    const logIn = async (node: Headwater, code: string) => {
      const body = JSON.stringify({ user: 'admin', password: one.secrets.adminPassword, code });
      const headers = { 'content-type': 'application/json' };
      return (await node.api<{ code?: string }>('/login', { method: 'POST', headers, body }).catch(String)) as unknown;
    };
    // The one before the step of the confirmation has not been used.
    const code = totpCode(secret, step() + 1);
    const first = await logIn(one, code);
    expect(JSON.stringify(first)).not.toContain('TOTP');
    expect(JSON.stringify(await logIn(two, code))).toContain('TOTP_WRONG');
  });

  it('lets in at each node by itself while the database is away, and is told to the others after', async () => {
    cluster.database.stop();
    const url = signed(FLV);
    expect([await answerAt(one, url), await answerAt(one, url)]).toEqual(['playing', 'signature already used']);
    cluster.database.start();
    await until('both hear of it', async () => {
      // A connection that was kept may be closed by now: starting the database held this process up.
      const seen = await Promise.all([one, two].map((node) => node.metric('headwater_database_up').catch(() => 0)));
      return seen.every((each) => each === 1);
    });
    await until('it is told', async () => (await answerAt(two, url)) === 'signature already used');
  }, 60_000);
});
