import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADWATER, type Headwater, start, tempDir } from '../../support/index.ts';
import { ffprobe, makeFilm } from '../../support/media.ts';
import { openServer } from '../../support/open-server.ts';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
beforeAll(async () => {
  home = await tempDir('small-tasks');
  mkdirSync(join(home.path, 'nas'));
  await makeFilm(join(home.path, 'nas/film.mp4'));
  writeFileSync(join(home.path, 'secret.mp4'), 'no film');
  server = await openServer([], { env: { HEADWATER_MEDIA_ROOTS: join(home.path, 'nas') } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The bytes of an answer, logged in as the administrator. */
async function bytesOf(path: string): Promise<{ status: number; type: string | null; file: string }> {
  const authorization = `Bearer ${server.secrets.adminPassword}`;
  const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, { headers: { authorization } });
  const file = join(home.path, `answer-${readdirSync(home.path).length}`);
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return { status: response.status, type: response.headers.get('content-type'), file };
}

describe('small tasks over REST', () => {
  it('say what a file below a root is', async () => {
    const info = await server.api<{ durationSeconds: number; streams: object[] }>(
      '/media/probe',
      post({ file: 'film.mp4' }),
    );
    expect(info.durationSeconds).toBeCloseTo(3, 1);
    expect(info.streams).toMatchObject([
      { kind: 'video', codec: 'h264', width: 320 },
      { kind: 'audio', codec: 'aac' },
    ]);
  });

  it('answer with one picture, and with a moving one', async () => {
    const frame = await bytesOf('/media/frame?file=film.mp4&at=1.5&width=160');
    expect([frame.status, frame.type]).toEqual([200, 'image/jpeg']);
    expect((await ffprobe(frame.file)).streams).toMatchObject([{ codec_name: 'mjpeg', width: 160, height: 90 }]);
    const gif = await bytesOf('/media/animation?file=film.mp4&duration=1&fps=5&width=80');
    expect([gif.status, gif.type]).toEqual([200, 'image/gif']);
    expect((await ffprobe(gif.file)).streams).toMatchObject([{ codec_name: 'gif', width: 80 }]);
  });

  it('read nothing beside the roots, refuse what is unclear, and leave nothing in their folder', async () => {
    for (const path of [
      'file=../secret.mp4',
      `file=${encodeURIComponent(join(home.path, 'secret.mp4'))}`,
      'file=/etc/passwd',
    ]) {
      expect((await bytesOf(`/media/frame?${path}`)).status).toBe(404);
    }
    expect((await bytesOf('/media/frame')).status).toBe(400);
    expect((await bytesOf('/media/frame?file=film.mp4&at=60')).status).toBe(400);
    await expect(server.api('/media/probe', post({ url: 'http://127.0.0.1:1/x' }))).rejects.toThrow(
      /URL_FORBIDDEN|400/,
    );
    expect(readdirSync(join(server.dataDir, 'media'))).toEqual([]);
  });
});

describe('small tasks on the command line', () => {
  const headwater = async (...args: readonly string[]) => {
    const child = start(process.execPath, [...HEADWATER, ...args], { cwd: home.path });
    const code = await child.exited;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  };

  it('probe, frame and gif work on any file of the machine', async () => {
    const probed = await headwater('probe', 'nas/film.mp4', '--json');
    expect(JSON.parse(probed.stdout)).toMatchObject({ streams: [{ kind: 'video' }, { kind: 'audio' }] });
    expect((await headwater('frame', 'nas/film.mp4', '--at', '1', '--output', 'shot.png')).code).toBe(0);
    expect((await ffprobe(join(home.path, 'shot.png'))).streams).toMatchObject([{ codec_name: 'png', width: 320 }]);
    expect((await headwater('gif', 'nas/film.mp4', '--seconds', '1', '--width', '64')).code).toBe(0);
    expect(existsSync(join(home.path, 'film.gif'))).toBe(true);
    expect((await headwater('gif', 'nas/film.mp4')).code).toBe(1);
    const missing = await headwater('probe', 'none.mp4');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('none.mp4')]);
  });
});
