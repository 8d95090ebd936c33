import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMasterKey } from '../../src/store/index.ts';
import { HEADWATER, type Headwater, start, startHeadwater, tempDir, until } from '../support/index.ts';

const json = { 'content-type': 'application/json' };

let home: { readonly path: string; remove(): Promise<void> };
let dataDir: string;
let server: Headwater | undefined;

beforeAll(async () => {
  home = await tempDir('master-key');
  dataDir = join(home.path, 'data');
});
afterAll(async () => {
  await server?.stop();
  await home.remove();
});

async function serve(env: NodeJS.ProcessEnv = {}): Promise<Headwater> {
  const started = await startHeadwater({
    dataDir,
    env: { HEADWATER_RTMPS_PORT: '0', HEADWATER_PLAYBACK_TLS_PORT: '0', ...env },
  });
  server = started;
  await until('the database is ready', async () => {
    const { database } = await started.api<{ database: { state: string } }>('/health');
    return database.state === 'ready';
  });
  return started;
}

async function stop(): Promise<void> {
  await server?.stop();
  server = undefined;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = start(process.execPath, [...HEADWATER, ...args], {
    cwd: home.path,
    env: { ...process.env, HEADWATER_DATA_DIR: dataDir, ...env },
  });
  const code = await child.exited;
  return { code, out: child.stdout(), err: child.stderr() };
}

const keyFile = () => readFileSync(join(dataDir, 'master.key'), 'utf8').trim();

async function statusWith({ controlPort }: Headwater, authorization: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${controlPort}/api/v1/me`, { headers: { authorization } })).status;
}

describe('the master key', () => {
  it('is replaced while the server is stopped; access keys and kept answers go on', async () => {
    let running = await serve();
    const post = <T>(path: string, body: object) =>
      running.api<T>(path, { method: 'POST', headers: json, body: JSON.stringify(body) });
    const { id: userId } = await post<{ id: string }>('/users', { name: 'program' });
    const { id, secret } = await post<{ id: string; secret: string }>('/access-keys', { userId });
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const asked = { method: 'POST', headers: { ...json, 'idempotency-key': 'once' }, body: '{"name":"one-only"}' };
    const answered = await running.api<{ id: string }>('/users', asked);
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'one.invalid' }], { keyType: 'ec' });
    await post('/certificates', { certificate: cert, key });
    const refused = await run(['secrets', 'rotate-master']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('the server runs')]);
    await stop();

    const before = keyFile();
    expect(await run(['secrets', 'rotate-master'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^5 secrets/),
    });
    expect(keyFile()).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(keyFile()).not.toBe(before);
    running = await serve();
    expect(await statusWith(running, basic)).toBe(200);
    await stop();

    const fresh = newMasterKey();
    const single = await run(['secrets', 'rotate-master'], { HEADWATER_MASTER_KEY: fresh });
    expect([single.code, single.err]).toEqual([2, expect.stringContaining('the present key only')]);
    const given = await run(['secrets', 'rotate-master'], { HEADWATER_MASTER_KEY: `${fresh},${keyFile()}` });
    expect(given).toMatchObject({ code: 0, err: '' });
    running = await serve({ HEADWATER_MASTER_KEY: fresh });
    expect(await statusWith(running, basic)).toBe(200);
    expect(await running.api('/users', asked)).toEqual(answered);
    expect(await running.api('/certificates')).toMatchObject({ certificates: [{ hosts: ['one.invalid'] }] });
    expect(running.log().filter(({ level }) => level === 'error')).toEqual([]);
    expect(JSON.stringify(running.log())).not.toContain(fresh);
    expect(readFileSync(join(dataDir, 'identity.json'), 'utf8')).toContain(id);
  });
});

describe('audit verify', () => {
  it('checks the log beside the server and without it, and says what is wrong', async () => {
    const well = { code: 0, out: expect.stringMatching(/^[1-9]\d* entries, none was changed, removed or moved\n$/) };
    expect(await run(['audit', 'verify'])).toMatchObject(well);
    await stop();
    expect(await run(['audit', 'verify'])).toMatchObject(well);
    const file = join(dataDir, 'audit-head.json');
    const head = JSON.parse(readFileSync(file, 'utf8')) as { number: number };
    writeFileSync(file, JSON.stringify({ ...head, number: head.number + 2 }));
    const { code, out } = await run(['audit', 'verify']);
    expect([code, out]).toEqual([1, expect.stringMatching(/ \d+: 2 missing at the end\n\d+ entries, 1 problems\n$/)]);
    writeFileSync(file, JSON.stringify(head));
  });

  it('checks the copies that the server makes in a storage, while it runs', async () => {
    const running = await serve({
      HEADWATER_AUDIT_STORAGE: 'recordings',
      HEADWATER_RECORDINGS_DIR: join(home.path, 'media'),
    });
    const folder = join(home.path, 'media', 'audit');
    const copies = () => {
      try {
        return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
      } catch {
        return [];
      }
    };
    const [copy] = await until('the log is copied', () => copies().length > 0 && copies());
    const path = join(folder, copy!);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).detail.created)).toContain('one-only');
    const { entries } = await running.api<{ entries: number }>('/audit/verify');
    expect(entries).toBeGreaterThanOrEqual(lines.length);
    const well = { code: 0, out: `${lines.length} entries, none was changed, removed or moved\n` };
    expect(await run(['audit', 'verify', '--file', path])).toMatchObject(well);
    const changed = lines.map((line) => line.replace('"one-only"', '"another"'));
    for (const [wrong, words] of [
      [changed, /changed/],
      [lines.toSpliced(1, 1), /missing/],
    ] as const) {
      writeFileSync(`${home.path}/copy.jsonl`, wrong.join('\n'));
      const { code, out } = await run(['audit', 'verify', '--file', `${home.path}/copy.jsonl`]);
      expect([code, out]).toEqual([1, expect.stringMatching(words)]);
    }
  });
});
