import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, HEADWATER, start, startHeadwater, tempDir } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';

let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  home = await tempDir('read-only');
});

afterAll(() => home.remove());

/** Starts a server in a mount namespace of its own, which ends with it. */
function serveAfter(mounting: string, dataDir: string): Child {
  const script = `set -e; ${mounting}; exec "$@"`;
  const serve = [process.execPath, ...HEADWATER, 'serve'];
  return start('unshare', ['--mount', 'sh', '-c', script, 'sh', ...serve], {
    cwd: home.path,
    env: {
      ...process.env,
      ...NO_DATABASE,
      HEADWATER_DATA_DIR: dataDir,
      HEADWATER_RTMP_PORT: '0',
      HEADWATER_PLAYBACK_PORT: '0',
      HEADWATER_CONTROL_PORT: '0',
      HEADWATER_UPLOAD_PORT: '0',
    },
  });
}

/** Root is bound by mounts, as it is not by modes. */
describe.skipIf(process.getuid?.() !== 0)('a data directory that is mounted read-only', () => {
  async function expectRefusal(child: Child, dataDir: string): Promise<void> {
    expect(await child.exited).toBe(1);
    expect(child.stderr()).toBe(
      `headwater: the data directory ${dataDir} cannot be written to (EROFS). ` +
        'It is mounted read-only: mount it read-write, or set dataDir (HEADWATER_DATA_DIR) to another one.\n',
    );
    const lines = child.stdout().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).code)).toEqual(['DATA_DIR_NOT_WRITABLE']);
  }

  it('is said at a first start, with what to do', async () => {
    const dataDir = join(home.path, 'first');
    await mkdir(dataDir);
    await expectRefusal(serveAfter(`mount -t tmpfs -o ro tmpfs '${dataDir}'`, dataDir), dataDir);
  });

  it('is said where everything is there already', async () => {
    const dataDir = join(home.path, 'used');
    const server = await startHeadwater({ dataDir, env: NO_DATABASE });
    await server.stop();
    const mounting = `mount --bind '${dataDir}' '${dataDir}'; mount -o remount,ro,bind '${dataDir}'`;
    await expectRefusal(serveAfter(mounting, dataDir), dataDir);
  });
});
