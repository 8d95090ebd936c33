import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RehearsalReport } from '../../src/cli/rehearsal/report.ts';
import {
  type Child,
  HEADWATER,
  type Headwater,
  publishTestPicture,
  start,
  startHeadwater,
  tempDir,
} from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { slowLink } from '../support/slow-link.ts';

const PLAY_KEY = 'play-key-of-the-test';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  home = await tempDir('rehearse');
  server = await startHeadwater({
    env: NO_DATABASE,
    rules: {
      domains: [{ name: 'default', play: { auth: { type: 'type_a', key1: PLAY_KEY }, singleUse: true } }],
      streams: [{ hls: { segmentSeconds: 1, always: true } }],
    },
  });
  publisher = await publishTestPicture(server, 'live/demo', { gop: 30, seconds: 1200 });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
  await home?.remove();
});

/** The command from another shell of the same machine. */
async function rehearse(args: readonly string[]) {
  const child = start(process.execPath, [...HEADWATER, 'rehearse', ...args], {
    cwd: home.path,
    env: { ...process.env, HEADWATER_DATA_DIR: server.dataDir },
  });
  const code = await child.exited;
  const [out, err] = [child.stdout(), child.stderr()];
  return { code, out, err, report: (): RehearsalReport => JSON.parse(out) };
}

describe('headwater rehearse', () => {
  it('passes where everybody gets what they should, each with a signature of their own', async () => {
    let last = await rehearse(['--viewers', '6', '--for', '8s', '--ramp', '2s', '--json']);
    // The machine of the tests may be at its end, and then it says so.
    for (let again = 0; again < 4 && last.code !== 0; again++) {
      last = await rehearse(['--viewers', '6', '--for', '8s', '--ramp', '2s', '--json']);
    }
    expect(last.report()).toMatchObject({
      passed: true,
      reasons: [],
      viewers: { wanted: 6, came: 6, joined: 6, watching: 6 },
      errors: [],
      doors: [
        { door: 'flv', viewers: 2 },
        { door: 'hls', viewers: 1, latencyMs: { p50: expect.any(Number) } },
        { door: 'llhls', viewers: 3, latencyMs: { p50: expect.any(Number) } },
      ],
    });
    expect(last.code).toBe(0);
    expect(last.report().bytes).toBeGreaterThan(500_000);
    expect(last.err).toContain('6 viewers for 8 s');
  });

  it('fails where the server refuses, and says with what', async () => {
    const keyFile = join(home.path, 'wrong.key');
    await writeFile(keyFile, 'another-key-altogether\n');
    const url = `${server.playback}/live/demo`;
    const args = ['--viewers', '3', '--for', '3s', '--ramp', '0s', '--mix', 'flv,hls,llhls'];
    const { code, report } = await rehearse([...args, '--url', url, '--key-file', keyFile, '--json']);
    expect(code).toBe(1);
    expect(report()).toMatchObject({ passed: false, joinedInTime: 0, watchedWell: 0, viewers: { came: 3, joined: 0 } });
    expect(report().errors.map((each) => each.code)).toEqual(['HTTP 403 SIGNATURE_INVALID']);
    expect(report().reasons[0]).toContain('0 % had media within 1000 ms');
  });

  it('fails on a link that is too thin, where the picture stands still', async () => {
    const link = await slowLink(server.playbackPort, 15_000);
    const url = `http://127.0.0.1:${link.port}/live/demo`;
    try {
      const { code, out } = await rehearse([
        '--viewers',
        '2',
        '--for',
        '10s',
        '--ramp',
        '0s',
        '--mix',
        'flv',
        '--url',
        url,
      ]);
      expect(code).toBe(1);
      expect(out).toMatch(/^FAIL {2}http.*\n(.*\n)?.*stood still for at most 1 % of their time, 95 % should/);
    } finally {
      await link.close();
    }
  });

  it('lets nobody further in above the traffic that it was allowed', async () => {
    const args = ['--viewers', '40', '--for', '6s', '--ramp', '5s', '--mix', 'flv', '--max-mbps', '1', '--json'];
    const { code, report } = await rehearse(args);
    expect(code).toBe(1);
    expect(report().viewers.came).toBeLessThan(40);
    expect(report().reasons.join()).toMatch(/of 40 viewers came: .*(--max-mbps|this machine)/);
  });

  it('refuses what it cannot do, and prints nothing', async () => {
    const { code, err, out } = await rehearse(['--url', 'http://127.0.0.1/live/demo.flv?auth_key=1-0-0-a']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('the signature of the URL is for one of the doors only. Choose doors with --mix flv');
  });
});
