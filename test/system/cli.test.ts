import { once } from 'node:events';
import { copyFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { signTypeA } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import {
  type Child,
  HEADWATER,
  type Headwater,
  publishTestPicture,
  runToEnd,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
  untilLive,
} from '../support/index.ts';

const PUSH_KEY = 'push-key-of-the-test';
const PLAY_KEY = 'play-key-of-the-test';
const BACKUP_KEY = 'backup-key-of-the-test';

const RULES: RulesInput = {
  domains: [
    {
      name: 'default',
      push: { auth: { type: 'type_a', key1: PUSH_KEY } },
      play: { auth: { type: 'type_a', key1: PLAY_KEY, key2: BACKUP_KEY } },
    },
    { name: 'office.example', play: { ip: { mode: 'allow', list: ['10.0.0.0/8'] } } },
    { name: 'flv.example', play: { protocols: ['flv'] } },
  ],
};

type Said = { readonly code: number | null; readonly out: string; readonly err: string };

let home: { readonly path: string; remove(): Promise<void> };
let rulesFile: string;
let server: Headwater;
let publisher: Child;

/** The command line from another shell: it knows the data directory and its rules file, not the ports. */
function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  return start(process.execPath, [...HEADWATER, ...args], {
    cwd: home.path,
    env: { ...process.env, HEADWATER_DATA_DIR: server.dataDir, HEADWATER_RULES_FILE: rulesFile, ...env },
  });
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Said> {
  const child = cli(args, env);
  const code = await child.exited;
  expect(child.stderr()).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return { code, out: child.stdout(), err: child.stderr() };
}

async function sign(...args: string[]): Promise<string> {
  const { code, out } = await run(['sign', ...args]);
  expect(code).toBe(0);
  return out.trim();
}

type Explained = {
  readonly verdict: { readonly ok: boolean; readonly code: string };
  readonly remedy: string;
  readonly steps: readonly { readonly name: string; readonly status: string; readonly detail: string }[];
};

async function explain(url: string, ...options: string[]): Promise<Explained> {
  const { code, out } = await run(['explain', url, '--json', ...options]);
  const explained = JSON.parse(out) as Explained;
  expect(code).toBe(explained.verdict.ok ? 0 : 1);
  return explained;
}

beforeAll(async () => {
  home = await tempDir('cli');
  rulesFile = join(home.path, 'rules.yml');
  await writeFile(rulesFile, stringify(RULES));
  server = await startHeadwater({ env: { HEADWATER_RULES_FILE: rulesFile } });
  const url = await sign(`${server.rtmp}/live/demo`);
  publisher = start('ffmpeg', [...testPictureArgs({ seconds: 1800 }), '-f', 'flv', url]);
  await untilLive(server, 'live/demo', publisher);
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
  await home?.remove();
});

describe('sign', () => {
  it('makes URLs that the server takes, on each door', async () => {
    for (const url of [
      await sign(`${server.playback}/live/demo.flv`, '--key', 'backup', '--rand', '--uid', 'ann'),
      await sign(`${server.rtmp}/live/demo`, '--play', '--expires', '1h'),
    ]) {
      const probed = await runToEnd('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', url]);
      expect((JSON.parse(probed) as { streams: unknown[] }).streams).toHaveLength(2);
    }
    expect((await fetch(`${server.playback}/live/demo.m3u8`)).status).toBe(403);
  });

  it('keeps to the time it is given, and says when that is over', async () => {
    const { code, out, err } = await run([
      'sign',
      `${server.playback}/live/demo.m3u8`,
      '--expires',
      '2026-01-01T00:00:00Z',
    ]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^note: this URL expired \d+ days ago\.\n$/)]);
    expect((await fetch(out.trim())).status).toBe(403);
    expect((await fetch(await sign(`${server.playback}/live/demo.m3u8`, '--expires', '60'))).status).toBe(200);
  });

  it.each([
    [['sign', 'rtmp://127.0.0.1/live/demo', '--key', 'backup'], 1, 'no backup key'],
    [['sign', 'http://127.0.0.1/live/demo'], 2, 'app/stream.flv'],
    [['sign', 'rtmp://127.0.0.1/live/demo', '--expires', 'soon'], 2, 'soon is no time'],
    [['sign', 'rtmp://127.0.0.1/live/demo', '--uid', 'a-b'], 2, 'uid'],
    [['sign'], 2, "missing required argument 'url'"],
    [['sing'], 2, 'Did you mean sign?'],
  ])('%j ends with %d', async (args, code, words) => {
    const said = await run(args);
    expect(said).toMatchObject({ code, out: '' });
    expect(said.err).toContain(words);
  });
});

describe('explain', () => {
  it('names what is wrong with a URL, once', async () => {
    const past = { timestampSeconds: Math.floor(Date.now() / 1000) - 7200, rand: '0', uid: '0' };
    const expired = signTypeA({ path: '/live/demo.flv', key: PLAY_KEY, ...past });
    const wrongKey = signTypeA({ ...past, path: '/live/demo.flv', key: 'another-key-of-16', timestampSeconds: 4e9 });
    const good = await sign(`${server.playback}/live/demo.flv`);
    const cases: [string[], string][] = [
      [[good], 'OK'],
      [[await sign(`${server.playback}/live/nobody.flv`)], 'STREAM_NOT_LIVE'],
      [[`${server.playback}/live/demo.flv?auth_key=${expired}`], 'SIGNATURE_EXPIRED'],
      [[`${server.playback}/live/demo.flv?auth_key=${wrongKey}`], 'SIGNATURE_INVALID'],
      [[`${server.playback}/live/demo.flv`], 'SIGNATURE_MISSING'],
      [['http://office.example/live/demo.flv', '--address', '192.0.2.1'], 'IP_DENIED'],
      [['http://office.example/live/demo.flv', '--address', '10.1.2.3'], 'STREAM_NOT_LIVE'],
      [['http://flv.example/live/demo.m3u8'], 'PROTOCOL_DENIED'],
      [[await sign(`${server.rtmp}/live/demo`)], 'STREAM_BUSY'],
      [[await sign(`${server.rtmp}/live/other`)], 'OK'],
      [[server.pushUrl('live/other')], 'OK'],
      [[`${server.rtmp}/live/other?key=no-key-that-is-known`], 'STREAM_KEY_INVALID'],
    ];
    for (const [[url, ...options], code] of cases) {
      const { verdict, remedy, steps } = await explain(url!, ...options);
      expect([url, verdict.code]).toEqual([url, code]);
      expect(remedy).not.toBe('');
      expect(steps.some(({ status }) => status === 'fail')).toBe(!verdict.ok && code !== 'STREAM_BUSY');
    }
  });

  it('shows every step to people, and no key', async () => {
    const { code, out } = await run(['explain', await sign(`${server.playback}/live/demo.flv`)]);
    expect(code).toBe(0);
    for (const step of ['domain', 'online', 'protocol', 'ip', 'signature', 'clock']) {
      expect(out).toMatch(new RegExp(`^  ok {4}${step} `, 'm'));
    }
    expect(out).toMatch(/signed string \/live\/demo\.flv-\d+-0-0-\*\*\*; .*expires 20/);
    expect(out).toContain("the server's agrees");
    expect(out).toMatch(/^Verdict: This URL plays\. \(OK\)\nRemedy: {2}Nothing to do\.$/m);
    expect(out).not.toContain(PLAY_KEY);
  });
});

describe('doctor', () => {
  type Diagnosis = { ok: boolean; checks: { id: string; status: string; finding: string; remedy?: string }[] };

  it('names the program that has a port', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, out } = await run(['doctor', '--json'], {
      HEADWATER_DATA_DIR: join(home.path, 'none'),
      HEADWATER_RTMP_HOST: '127.0.0.1',
      HEADWATER_RTMP_PORT: String(port),
      HEADWATER_PLAYBACK_PORT: '0',
      HEADWATER_CONTROL_PORT: '0',
      HEADWATER_UPLOAD_PORT: '0',
    });
    taken.close();
    const { ok, checks } = JSON.parse(out) as Diagnosis;
    expect([code, ok]).toEqual([1, false]);
    expect(checks.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual(['rtmp.port']);
    expect(checks.find(({ id }) => id === 'rtmp.port')).toMatchObject({
      finding: expect.stringContaining(`(process ${process.pid})`),
      remedy: expect.stringContaining('rtmp.port'),
    });
    for (const id of ['node', 'ffmpeg', 'database', 'dataDir', 'rules']) {
      expect(checks.find((check) => check.id === id)).toMatchObject({ id, status: 'ok' });
    }
    await expect(stat(join(home.path, 'none'))).rejects.toThrow('ENOENT');
  });

  it('runs beside the server, and says which settings are weak', async () => {
    const env = { HEADWATER_RTMP_PORT: String(server.rtmpPort), HEADWATER_RTMP_HOST: '127.0.0.1' };
    const ports = { HEADWATER_PLAYBACK_PORT: '0', HEADWATER_CONTROL_PORT: '0', HEADWATER_UPLOAD_PORT: '0' };
    const { code, out } = await run(['doctor'], { ...env, ...ports });
    expect(out).toMatch(new RegExp(`^OK {4}rtmp\\.port .*${server.rtmpPort} on 127\\.0\\.0\\.1 is the running`, 'm'));
    expect(out).toMatch(/^OK {4}database +the running server has its database$/m);
    expect(out).toMatch(/^WARN {2}play-open +Anyone .*flv\.example/m);
    expect(out).toMatch(/, 0 failed\n$/);
    expect(code).toBe(0);
  });
});

describe('check-config', () => {
  it('finds all that is wrong, in both files, with the names that were meant', async () => {
    const file = join(home.path, 'typo.yml');
    const rules = join(home.path, 'typo-rules.yml');
    await writeFile(file, stringify({ rtmp: { prot: 1935 }, playback: { port: 70_000 }, rulesFile: rules }));
    await writeFile(rules, stringify({ domains: [{ name: 'default', push: { aut: {} } }], calbacks: [] }));
    const { code, out } = await run(['check-config', file], { HEADWATER_RULES_FILE: '' });
    expect(code).toBe(2);
    expect(out).toMatch(/typo\.yml: rtmp\.prot: unknown key; did you mean port\?/);
    expect(out).toMatch(/typo\.yml: playback\.port: /);
    expect(out).toMatch(/typo-rules\.yml: domains\[0\]\.push\.aut: unknown key; did you mean auth\?/);
    expect(out).toMatch(/typo-rules\.yml: calbacks: unknown key; did you mean callbacks\?/);
    expect(out).toMatch(/^4 problems$/m);
  });

  it('says that all is well', async () => {
    expect(await run(['check-config'])).toMatchObject({ code: 0, out: `ok: configuration, ${rulesFile}\n` });
  });
});

describe('secrets show', () => {
  it('prints what is asked for and nothing else', async () => {
    const { streamKey, adminPassword } = server.secrets;
    expect((await run(['secrets', 'show', '--stream-key'])).out).toBe(`${streamKey}\n`);
    const { out } = await run(['secrets', 'show']);
    expect(out).toContain(join(server.dataDir, 'secrets.json'));
    for (const secret of [streamKey, adminPassword]) expect(out).not.toContain(secret);
  });
});

describe('backup and restore', () => {
  it('carry the rules into a fresh data directory', async () => {
    const file = join(home.path, 'backup.gz');
    expect((await run(['backup', file])).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run(['backup', file])).err).toContain('exists already');
    const nowhere = await run(['backup', join(home.path, 'nowhere', 'backup.gz')]);
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('Check the path.')]);
    const refused = await run(['restore', file]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Stop it, restore, then start it again.')]);

    const env = { HEADWATER_DATA_DIR: join(home.path, 'fresh'), HEADWATER_RULES_FILE: '' };
    expect(await run(['restore', file], env)).toMatchObject({
      ...{ code: 0, err: '' },
      out: expect.stringContaining('copy the old master.key'),
    });
    await copyFile(join(server.dataDir, 'master.key'), join(env.HEADWATER_DATA_DIR, 'master.key'));
    const again = await run(['restore', file], env);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is not empty')]);
    expect((await run(['restore', file, '--replace'], env)).code).toBe(0);
    expect((await run(['backup', join(home.path, 'second.gz')], env)).code).toBe(0);

    const fresh = await startHeadwater({ dataDir: env.HEADWATER_DATA_DIR });
    try {
      expect(fresh.secrets.pushKey).not.toBe(server.secrets.pushKey);
      const url = (await run(['sign', `${fresh.rtmp}/live/demo`, '--expires', '1h'], env)).out.trim();
      const [timestamp = ''] = new URL(url).searchParams.get('auth_key')!.split('-');
      const signed = { path: '/live/demo', rand: '0', uid: '0', timestampSeconds: Number(timestamp) };
      expect(url).toContain(signTypeA({ ...signed, key: server.secrets.pushKey }));
      const pushed = start('ffmpeg', [...testPictureArgs({ seconds: 30 }), '-f', 'flv', url]);
      await untilLive(fresh, 'live/demo', pushed);
      await pushed.stop();
    } finally {
      await fresh.stop();
    }
    const broken = join(home.path, 'broken.gz');
    await writeFile(broken, 'no backup');
    expect(await run(['restore', broken, '--replace'], env)).toMatchObject({ code: 1, out: '' });
  });
});

describe('events listen', () => {
  type Hook = { readonly id: string; readonly body: { type: string; data: { app: string; stream: string } } };

  it('brings a real push and its end to a URL, signed, in order and again after a failure', async () => {
    const taken: Hook[] = [];
    let secret = '';
    let failures = 1;
    const receive = async (request: IncomingMessage): Promise<number> => {
      const body = Buffer.concat(await request.toArray()).toString();
      const headers = request.headers as Record<string, string>;
      if (failures-- > 0) return 500;
      new Webhook(secret).verify(body, headers);
      taken.push({ id: headers['webhook-id']!, body: JSON.parse(body) });
      return 204;
    };
    const hook = createServer((request, response) => {
      receive(request).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(401).end(),
      );
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
    const listener = cli(['events', 'listen', '--forward', url]);
    secret = await until('the secret is printed', () => /Signing secret: (\S+)/.exec(listener.stderr())?.[1]);

    const pushed = await publishTestPicture(server, 'live/hooked');
    await until('publish is told', () => taken.length === 1);
    await pushed.stop('SIGKILL');
    await until('the end is told', () => taken.some(({ body }) => body.type === 'publish_done'));
    expect(taken.slice(0, 2).map(({ body }) => [body.type, body.data.stream])).toEqual([
      ['publish', 'hooked'],
      ['publish_done', 'hooked'],
    ]);
    expect(await listener.stop('SIGINT')).toBe(0);
    const lines = listener.stdout().trimEnd().split('\n');
    expect(lines[0]).toMatch(/ publish +live\/hooked -> 500, again in/);
    expect(lines[1]).toMatch(/ publish +live\/hooked -> 204$/);

    const [first] = taken.splice(0);
    const replay = cli(['events', 'listen', '--forward', url, '--replay', '1h']);
    const replayed = await until('it is told again', () => taken.find(({ id }) => id === first!.id), 60_000);
    expect(replayed.body).toEqual(first!.body);
    expect(await replay.stop('SIGINT')).toBe(0);
    hook.close();
  });

  it.each([
    [['--forward', 'laptop'], 2, 'laptop is no URL'],
    [['--forward', 'http://127.0.0.1:1', '--replay', 'long ago'], 2, 'is no time'],
    [['--forward', 'http://127.0.0.1:1', '--server', 'http://127.0.0.1:1'], 2, '--password-file'],
    [[], 2, "required option '--forward <url>'"],
  ])('%j ends with %d', async (args, code, words) => {
    const said = await run(['events', 'listen', ...args]);
    expect(said).toMatchObject({ code, out: '' });
    expect(said.err).toContain(words);
  });

  it('says that no server runs', async () => {
    const env = { HEADWATER_DATA_DIR: join(home.path, 'none') };
    const { code, err } = await run(['events', 'listen', '--forward', 'http://127.0.0.1:1'], env);
    expect([code, err]).toEqual([1, expect.stringContaining('no server runs from')]);
  });
});
