import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { start } from './child.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export type HAProxy = {
  /** How many of its servers it takes for alive. */
  up(): Promise<number>;
  stop(): Promise<void>;
};

/** Runs HAProxy with a configuration, until it takes all of its servers for alive. */
export async function startHAProxy(config: string, servers: number): Promise<HAProxy> {
  const home = await tempDir('haproxy');
  const [file, socket] = [join(home.path, 'haproxy.cfg'), join(home.path, 'stats')];
  await writeFile(file, `global\n  nbthread 1\n  stats socket ${socket}\n${config}`);
  const child = start('haproxy', ['-db', '-f', file]);
  const up = async () => {
    const answer = await text(connect(socket).end('show stat\n')).catch(() => '');
    // A line for each server: proxy, server, ...
    return answer.split('\n').filter((line) => /^[^,]+,(?!FRONTEND|BACKEND)[^,]+,.*,UP,/.test(line)).length;
  };
  await until('HAProxy sees all servers', async () => {
    if (child.process.exitCode !== null) throw new Error(`HAProxy ended: ${child.stderr()}`);
    return (await up()) === servers;
  });
  return {
    up,
    async stop() {
      await child.stop();
      await home.remove();
    },
  };
}
