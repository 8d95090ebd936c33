import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const START = fileURLToPath(new URL('../../scripts/start.sh', import.meta.url));
const ANY_PORTS = {
  HEADWATER_RTMP_PORT: '0',
  HEADWATER_PLAYBACK_PORT: '0',
  HEADWATER_CONTROL_PORT: '0',
  HEADWATER_UPLOAD_PORT: '0',
};
// No server listens there, so that these starts don't wait for a database of their own.
const NO_DATABASE = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts in a process group of its own, as a terminal does, from a directory that is not the checkout. */
function start(args: readonly string[], env: Record<string, string>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'headwater-start-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const child = spawn(START, args, {
    cwd: tmpdir(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...ANY_PORTS,
      HEADWATER_RECORDINGS_DIR: join(dataDir, 'recordings'),
      HEADWATER_DATA_DIR: dataDir,
      ...env,
    },
  });
  cleanups.push(() => killGroup(child, 'SIGKILL'));
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said.text += text));
  return { child, dataDir, said, exited: once(child, 'close') };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-child.pid!, signal);
  } catch {
    return false;
  }
}

/** Asks again until the answer is there; the test's own time limit is the bound. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>, child: ChildProcess): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (child.exitCode !== null) throw new Error(`start.sh ended with ${child.exitCode}`);
    await delay(50);
  }
}

/** Resolves when the process group is empty, which takes a moment longer than its last output. */
async function untilNothingIsLeft(child: ChildProcess): Promise<void> {
  while (killGroup(child, 0)) await delay(20);
}

type Ready = { readonly pid: number; readonly playbackPort: number; readonly controlPort: number };

function readReady(dataDir: string): Ready | undefined {
  const file = join(dataDir, 'ready.json');
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function firstBytes(url: string): Promise<Uint8Array | undefined> {
  const response = await fetch(url);
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    return undefined;
  }
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value;
}

describe('scripts/start.sh', () => {
  it('with --demo plays a test picture, prints server and key, and leaves nothing behind after Ctrl-C', async () => {
    const { child, dataDir, said, exited } = start(['--demo'], {});
    const { pid, playbackPort } = await until(() => readReady(dataDir), child);
    expect(pid).toBe(child.pid);
    const bytes = await until(() => firstBytes(`http://127.0.0.1:${playbackPort}/live/demo.flv`), child);
    expect(Buffer.from(bytes.subarray(0, 3)).toString()).toBe('FLV');
    const { streamKey } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
    expect(said.text).toContain(`demo?key=${streamKey}`);
    expect(said.text).toMatch(/Server +rtmp:\/\/\S+\/live/);
    killGroup(child, 'SIGINT');
    expect(await exited).toEqual([0, null]);
    await untilNothingIsLeft(child);
  });

  it('ends the publisher when the server is killed', async () => {
    const { child, dataDir, exited } = start(['--demo'], NO_DATABASE);
    const { playbackPort } = await until(() => readReady(dataDir), child);
    await until(() => firstBytes(`http://127.0.0.1:${playbackPort}/live/demo.flv`), child);
    process.kill(child.pid!, 'SIGKILL');
    // `close` waits for standard error, which publisher and FFmpeg hold open as long as they live.
    await exited;
    await untilNothingIsLeft(child);
  });

  it('without --demo publishes nothing', async () => {
    const { child, dataDir, exited } = start([], NO_DATABASE);
    const { playbackPort } = await until(() => readReady(dataDir), child);
    expect(await firstBytes(`http://127.0.0.1:${playbackPort}/live/demo.flv`)).toBeUndefined();
    process.kill(child.pid!, 'SIGTERM');
    expect(await exited).toEqual([0, null]);
    await untilNothingIsLeft(child);
  });

  it('says which port is taken, and fails', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    cleanups.push(() => taken.close());
    const port = String((taken.address() as { port: number }).port);
    const { child, said, exited } = start(['--demo'], { ...NO_DATABASE, HEADWATER_RTMP_PORT: port });
    expect(await exited).toEqual([1, null]);
    expect(said.text).toContain(port);
    await untilNothingIsLeft(child);
  });

  it('leaves it to the server to say what is wrong with the configuration', async () => {
    const { said, exited } = start(['--demo', '--config', 'no-such-file.yml'], NO_DATABASE);
    expect((await exited)[0]).toBeGreaterThan(0);
    expect(said.text).toContain('no-such-file.yml');
  });
});
