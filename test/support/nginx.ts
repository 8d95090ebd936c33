import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from './child.ts';
import { freePort } from './free-port.ts';
import type { Machine } from './network.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export type Nginx = {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readFile(name: string): Promise<string>;
  stop(): Promise<void>;
};

/**
 * Runs nginx with the contents of an `http` block; names in `${}` stand for `values`, `port` and `prefix`. On another
 * machine of a network where one is given.
 */
export async function startNginx(
  block: string,
  values: Readonly<Record<string, string>>,
  machine?: Pick<Machine, 'address' | 'command'>,
): Promise<Nginx> {
  const host = machine?.address ?? '127.0.0.1';
  const home = await tempDir('nginx');
  const port = await freePort();
  await mkdir(join(home.path, 'tmp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${home.path}/tmp/${name};`,
  );
  const all: Record<string, string> = { port: `${host}:${port}`, prefix: home.path, ...values };
  const filled = block.replace(/\$\{(\w+)\}/g, (whole, name) => all[name] ?? whole);
  const config = `daemon off; worker_processes 1; pid ${home.path}/pid; error_log stderr warn;
user ${process.getuid?.() === 0 ? 'root' : 'nobody'};
events { worker_connections 1024; }
http { ${temporary.join(' ')} access_log off; ${filled} }`;
  const file = join(home.path, 'nginx.conf');
  await writeFile(file, config);
  const args = ['-p', home.path, '-c', file, '-g', ''];
  const child = start(...(machine?.command('nginx', args) ?? (['nginx', args] as const)));
  const url = `http://${host}:${port}`;
  await until('nginx answers', async () => {
    if (child.process.exitCode !== null) throw new Error(`nginx ended: ${child.stderr()}`);
    return fetch(`${url}/none`).then(
      () => true,
      () => false,
    );
  });
  return {
    url,
    readFile: (name) => readFile(join(home.path, name), 'utf8'),
    async stop() {
      await child.stop('SIGQUIT');
      await home.remove();
    },
  };
}
