import { chown } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { start } from './child.ts';
import type { ForeignPlayer } from './foreign-player.ts';
import { tempDir } from './temp-dir.ts';

/** VLC refuses to run as root, so a test that is root runs it as this account. */
const NOBODY = { uid: 65534, gid: 65534 };
const ANSWER_TIMEOUT_MS = 10_000;

/** Plays a URL by VLC 3 without screen and sound; it counts the pictures that it displayed, hence `fps`. */
export async function startVlc(url: string, fps: number): Promise<ForeignPlayer> {
  const home = await tempDir('vlc');
  const socket = join(home.path, 'rc.sock');
  const account = process.getuid?.() === 0 ? NOBODY : {};
  if (process.getuid?.() === 0) await chown(home.path, NOBODY.uid, NOBODY.gid);
  const control = ['-I', 'oldrc', '--rc-fake-tty', '--rc-unix', socket];
  const silent = [
    '--vout',
    'dummy',
    '--aout',
    'dummy',
    '--no-video-title-show',
    '--verbose',
    '2',
    '--no-color',
    '--play-and-exit',
  ];
  const child = start('vlc', [...control, ...silent, url], {
    env: { ...process.env, HOME: home.path, XDG_RUNTIME_DIR: home.path },
    ...account,
  });
  return {
    async shownMs() {
      const statistics = await ask(socket, 'stats');
      const count = /frames displayed\s*:\s*(\d+)/.exec(statistics)?.[1];
      return count === undefined ? undefined : (Number(count) * 1000) / fps;
    },
    exited: child.exited,
    said: child.stderr,
    async stop() {
      await child.stop();
      await home.remove();
    },
  };
}

/** What VLC's remote control answers; empty where it can't be reached. */
function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const connection = createConnection(socket);
    const done = () => {
      connection.destroy();
      resolve(text);
    };
    connection.setTimeout(ANSWER_TIMEOUT_MS, done);
    connection.on('error', done).on('close', done);
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('end of statistical info')) done();
    });
    connection.write(`${command}\n`);
  });
}
