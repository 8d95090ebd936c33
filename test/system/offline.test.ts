import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, HEADWATER, runToEnd, start, tempDir, testPictureArgs, until } from '../support/index.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const PLAYER = join(CHECKOUT, 'dist/player');
const isLinux = process.platform === 'linux';
// Without root, a user namespace gives the right to make the other.
const UNSHARE = process.getuid?.() === 0 ? ['-n'] : ['-r', '-n'];

let server: Child;
let home: Awaited<ReturnType<typeof tempDir>>;

/** Runs a program in the server's network, which has a loopback interface and nothing else. */
function inside(command: string, args: readonly string[]): Promise<string> {
  const user = UNSHARE.includes('-r') ? ['-U', '--preserve-credentials'] : [];
  return runToEnd('nsenter', ['-t', String(server.pid), ...user, '-n', command, ...args]);
}

const FETCH = `
  const response = await fetch(process.argv[1]);
  const { status, headers } = response;
  console.log(JSON.stringify({ status, policy: headers.get('content-security-policy'), text: await response.text() }));`;

async function fetchInside(url: string): Promise<{ status: number; policy: string | null; text: string }> {
  return JSON.parse(await inside(process.execPath, ['--input-type=module', '-e', FETCH, url]));
}

describe.runIf(isLinux)('with no network but loopback', () => {
  let publisher: Child;

  beforeAll(async () => {
    home = await tempDir('offline');
    const serve = [process.execPath, ...HEADWATER, 'serve'];
    // The ports are the defaults: nobody else is in this network.
    server = start('unshare', [...UNSHARE, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...serve], {
      cwd: home.path,
      env: { ...process.env, HEADWATER_DATA_DIR: join(home.path, 'data') },
    });
    await until(
      'the server has started',
      () => {
        if (server.process.exitCode !== null) throw new Error(server.stderr());
        return server.stdout().includes('"server started"');
      },
      180_000,
    );
    const secrets = JSON.parse(await readFile(join(home.path, 'data/secrets.json'), 'utf8'));
    const target = `rtmp://127.0.0.1/live/demo?key=${secrets.streamKey}`;
    publisher = start('nsenter', [
      ...['-t', String(server.pid), '-n', 'ffmpeg'],
      ...[...testPictureArgs(), '-f', 'flv', target],
    ]);
  });

  afterAll(async () => {
    await publisher?.stop();
    await server?.stop();
    await home?.remove();
  });

  it('there is no route to anywhere', async () => {
    expect((await inside('ip', ['route'])).trim()).toBe('');
    expect(await inside('ip', ['-o', 'link'])).toMatch(/^1: lo:.*\n$/);
  });

  it('it takes a push and plays it, and has its database', async () => {
    const url = 'http://127.0.0.1:8080/live/demo';
    await until('it plays', async () => (await fetchInside(`${url}.m3u8`)).status === 200, 60_000);
    for (const each of [`${url}.flv`, `${url}.m3u8`, 'rtmp://127.0.0.1/live/demo']) {
      const args = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', each];
      expect((await inside('ffprobe', args)).split('\n').sort().join(' ').trim()).toContain('aac');
    }
    const readyz = await fetchInside('http://127.0.0.1:8090/readyz');
    expect(JSON.parse(readyz.text)).toMatchObject({ status: 'ok', database: { state: 'ready' } });
  });

  it('it logs no error', () => {
    const lines = server.stdout().split('\n');
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(server.stderr()).not.toMatch(/ENOTFOUND|EAI_AGAIN|ENETUNREACH/);
  });

  it.each([
    ['player page', 'http://127.0.0.1:8080/live/demo'],
    ['console', 'http://127.0.0.1:8090/'],
  ])('its %s may load nothing from elsewhere', async (_page, url) => {
    const { status, policy, text } = await fetchInside(url);
    expect(status).toBe(200);
    expect(text).toContain('<html');
    expect(text.match(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\/[^"'\s>]*/gi) ?? []).toEqual([]);
    const sources = (policy ?? '').split(';').map((part) => part.trim().split(/\s+/));
    expect(sources.find(([name]) => name === 'default-src')).toEqual(['default-src', "'none'"]);
    // Streams may come from anywhere on purpose only where the page says so; nothing else does.
    for (const [name, ...values] of sources) {
      if (name === 'connect-src' || name === 'media-src') continue;
      // Pictures of the library come from the playback door of this very server.
      const isOwn = (value: string) => name === 'img-src' && value === 'http://127.0.0.1:8080';
      expect(values.filter((value) => /^https?:|^\*$/.test(value) && !isOwn(value))).toEqual([]);
    }
  });
});

describe('the built pages', () => {
  it('name no other host that a browser would fetch from', async () => {
    const files = await readdir(PLAYER, { recursive: true });
    const found: string[] = [];
    for (const file of files.filter((name) => /\.(html|css|js)$/.test(name))) {
      const text = await readFile(join(PLAYER, file), 'utf8');
      const patterns = [
        /(?:src|href)\s*=\s*\\?["'](?:https?:)?\/\/[^"'\s]+/gi,
        /url\(\s*["']?(?:https?:)?\/\/[^)]+/gi,
        /@import\s+["'](?:https?:)?\/\/[^"']+/gi,
        /\b(?:fetch|import|importScripts|sendBeacon)\(\s*["'`](?:https?:)?\/\/[^"'`]+/gi,
      ];
      for (const pattern of patterns) found.push(...[...text.matchAll(pattern)].map(([match]) => `${file}: ${match}`));
    }
    expect(files.length).toBeGreaterThan(3);
    expect(found).toEqual([]);
  });
});
