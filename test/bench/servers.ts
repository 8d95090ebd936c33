import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { HERE, ROOT } from './tools.ts';

/** A server under load: where to push, where to play, and which process tree is measured. */
export type BenchServer = {
  readonly name: string;
  readonly pid: number;
  readonly publishUrl?: string;
  readonly urls: Readonly<Record<'flv' | 'rtmp' | 'hls', string>>;
  /** Where its API is, without a path. */
  readonly control?: string;
  /** Whoever pushes to it or plays from it must be there, too. */
  readonly where?: Elsewhere | undefined;
  stop(): Promise<void>;
};

const SERVER_CORE = '0';
/** As scripts/headwater.js starts it; `taskset` needs the interpreter itself. */
const HEAP = ['--max-semi-space-size=2', '--heap-growing-percent=100'];

/** Where a program runs that is not to run here: a machine of a network. */
export type Elsewhere = { command(command: string, args: readonly string[]): [string, string[]] };

const HERE_ITSELF: Elsewhere = { command: (command, args) => [command, [...args]] };

/** On the cores that it may have, and in the network that it is to be in. */
export function placed(cores: string, command: string, args: readonly string[], where = HERE_ITSELF) {
  return where.command('taskset', ['-c', cores, command, ...args]);
}

function launch(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  cores = SERVER_CORE,
  where?: Elsewhere,
): ChildProcess {
  return spawn(...placed(cores, command, args, where), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
}

async function stopChild(child: ChildProcess, folder?: string): Promise<void> {
  child.kill('SIGTERM');
  for (let i = 0; i < 100 && child.exitCode === null && child.signalCode === null; i++) await delay(50);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

async function untilOpen(port: number): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await delay(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

export type HeadwaterBenchOptions = {
  readonly mergeWindowMs: number;
  readonly signed?: boolean;
  /** Joins the other settings of all streams. */
  readonly transcode?: object;
  readonly templates?: readonly object[];
  /** Rules behind the one of all streams. */
  readonly streams?: readonly object[];
  /** Domains beside `default`. */
  readonly domains?: readonly object[];
  /** Where it keeps everything; it is left there at the end. Left out, a folder of its own is made and removed. */
  readonly home?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** As `taskset -c` takes them. */
  readonly cores?: string;
  readonly where?: Elsewhere | undefined;
};

/** This server, as `npm run build` leaves it, pushing and playing open. */
export async function headwater({
  mergeWindowMs,
  signed = false,
  transcode = {},
  templates = [],
  streams: further = [],
  domains = [],
  home,
  env = {},
  cores = SERVER_CORE,
  where,
}: HeadwaterBenchOptions): Promise<BenchServer> {
  const folder = home ?? mkdtempSync(join(tmpdir(), 'headwater-bench-'));
  rmSync(join(folder, 'data/ready.json'), { force: true });
  const rules = join(folder, 'rules.yml');
  const nodeArgs = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '');
  const key = 'benchmark-play-key-0001';
  const play = signed ? { auth: { type: 'type_a', key1: key } } : {};
  const domain = { name: 'default', push: { auth: { type: 'no_auth' } }, play };
  const streams = [{ delivery: { mergeWindowMs }, transcode }, ...further];
  writeFileSync(rules, stringify({ domains: [domain, ...domains], templates, streams }));
  const [rtmp, http, control] = [await freePort(), await freePort(), await freePort()];
  const child = launch(
    process.execPath,
    [...HEAP, ...nodeArgs, join(ROOT, 'dist/server/main.js'), 'serve'],
    {
      UV_THREADPOOL_SIZE: '32',
      HEADWATER_RTMP_HOST: '127.0.0.1',
      HEADWATER_RTMP_PORT: String(rtmp),
      HEADWATER_PLAYBACK_HOST: '127.0.0.1',
      HEADWATER_PLAYBACK_PORT: String(http),
      HEADWATER_CONTROL_PORT: String(control),
      HEADWATER_UPLOAD_PORT: '0',
      HEADWATER_DATA_DIR: join(folder, 'data'),
      HEADWATER_RECORDINGS_DIR: join(folder, 'recordings'),
      HEADWATER_RULES_FILE: rules,
      HEADWATER_LIMITS_CONNECTIONS: '0',
      HEADWATER_LIMITS_CONNECTIONS_PER_ADDRESS: '0',
      HEADWATER_LOG_LEVEL: 'error',
      ...env,
    },
    cores,
    where,
  );
  if (!where) await untilOpen(control);
  const { pid } = JSON.parse(await readWhenThere(join(folder, 'data/ready.json')));
  const hls = `http://127.0.0.1:${http}/live/test.m3u8`;
  return {
    name: 'headwater',
    pid,
    where,
    publishUrl: `rtmp://127.0.0.1:${rtmp}/live/test`,
    control: `http://127.0.0.1:${control}`,
    urls: {
      flv: `http://127.0.0.1:${http}/live/test.flv`,
      rtmp: `rtmp://127.0.0.1:${rtmp}/live/test`,
      hls: signed ? await signedUrl(hls, key) : hls,
    },
    stop: () => stopChild(child, home === undefined ? folder : undefined),
  };
}

async function readWhenThere(path: string): Promise<string> {
  for (let i = 0; ; i++) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (i > 1500) throw error;
      await delay(20);
    }
  }
}

async function signedUrl(url: string, key1: string): Promise<string> {
  const { signUrl } = await import('../../src/access/index.ts');
  const auth = { type: 'type_a' as const, key1, validitySeconds: 3600 };
  return signUrl(url, auth, { nowMs: Date.now(), expiresInSeconds: 3600 });
}

/** Fan-out in Node with nothing around it; there is no ingest. */
export async function plainNode(clip: string, mergeWindowMs: number): Promise<BenchServer> {
  const port = await freePort();
  const script = join(HERE, 'plain-node-fanout.mjs');
  const child = launch(process.execPath, [
    script,
    '--file',
    clip,
    '--port',
    String(port),
    '--window',
    `${mergeWindowMs}`,
  ]);
  await untilOpen(port);
  const url = `http://127.0.0.1:${port}/live/test.flv`;
  return {
    name: 'plain Node',
    pid: child.pid ?? 0,
    urls: { flv: url, rtmp: '', hls: '' },
    stop: () => stopChild(child, mkdtempSync(join(tmpdir(), 'headwater-bench-'))),
  };
}

/** nginx with libnginx-mod-rtmp as Debian ships them; also serves `staticDir` at /static for HLS. */
export async function nginxRtmp(staticDir = '/nonexistent'): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-bench-'));
  const [rtmp, http] = [await freePort(), await freePort()];
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
user root; worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log crit;
worker_rlimit_nofile 20000;
events { worker_connections 8000; }
rtmp { server { listen 127.0.0.1:${rtmp}; chunk_size 60000; application live { live on; } } }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
  types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }
  server { listen 127.0.0.1:${http} backlog=4096; location /static/ { alias ${staticDir}/; } } }
`,
  );
  const child = launch('nginx', ['-c', config, '-p', folder]);
  await untilOpen(http);
  const url = `rtmp://127.0.0.1:${rtmp}/live/test`;
  return {
    name: 'nginx-rtmp 1.2.2',
    pid: child.pid ?? 0,
    publishUrl: url,
    urls: { flv: '', rtmp: url, hls: `http://127.0.0.1:${http}/static/live.m3u8` },
    stop: () => stopChild(child, folder),
  };
}

/** node-media-server as the npm registry has it. */
export async function nodeMediaServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-bench-'));
  const [rtmp, http] = [await freePort(), await freePort()];
  const script = join(folder, 'run.cjs');
  const library = join(ROOT, 'node_modules/node-media-server');
  const config = { bind: '127.0.0.1', notify: {}, rtmp: { port: rtmp }, http: { port: http }, auth: {}, static: {} };
  writeFileSync(
    script,
    `const NodeMediaServer = require(${JSON.stringify(library)});
new NodeMediaServer(${JSON.stringify(config)}).run();\n`,
  );
  const child = launch(process.execPath, [script], {});
  await untilOpen(http);
  return {
    name: 'node-media-server 4.4.3',
    pid: child.pid ?? 0,
    publishUrl: `rtmp://127.0.0.1:${rtmp}/live/test`,
    urls: { flv: `http://127.0.0.1:${http}/live/test.flv`, rtmp: `rtmp://127.0.0.1:${rtmp}/live/test`, hls: '' },
    stop: () => stopChild(child, folder),
  };
}
