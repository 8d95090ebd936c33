import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';

// There is no Docker engine in the tests: the Dockerfile's commands are run in a fresh Debian made by debootstrap, with
// the Node that runs this test in place of the one from the base image.

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const DEBIAN = 'bookworm';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

type Instruction = { readonly name: string; readonly rest: string };

type Stage = {
  readonly root: string;
  readonly env: Record<string, string>;
  workdir: string;
  user: string;
  command: readonly string[];
  healthcheck: readonly string[];
};

type Stages = Map<string, Promise<Stage>>;

const children: ChildProcess[] = [];

function readDockerfile(): Instruction[] {
  const text = readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  return text.split('\n').flatMap((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return name === undefined || rest === undefined ? [] : [{ name, rest }];
  });
}

/** What .dockerignore lets through, as this project writes it: nothing but what is named, without the tests. */
function allowedInContext(): string[] {
  const lines = readFileSync(join(CHECKOUT, '.dockerignore'), 'utf8').trim().split('\n');
  expect([lines[0], lines.at(-1)]).toEqual(['*', '**/*.test.ts']);
  return lines.slice(1, -1).map((line) => line.replace(/^!/, ''));
}

/** The Debian mirror that this machine uses. */
function mirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  const words = files.filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, 'utf8').split(/\s+/));
  return words.find((word) => /^https?:\/\/\S+\/debian\/?$/.test(word)) ?? 'http://deb.debian.org/debian';
}

function npmConfig(key: string): string {
  return execFileSync('npm', ['config', 'get', key], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

const NPM_CACHE = npmConfig('cache');

/** What stands in for `node:20-bookworm-slim`. */
async function makeBase(root: string): Promise<void> {
  await run('debootstrap', ['--variant=minbase', DEBIAN, root, mirror()]);
  cpSync(process.execPath, join(root, 'usr/local/bin/node'));
  const npm = dirname(dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())));
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    await run('ln', ['-s', `../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name)]);
  }
  await run('chroot', [root, 'useradd', '--create-home', '--uid', '1000', 'node']);
  // As Debian's own images have it: no documentation, no waiting for the disk.
  const settings = ['force-unsafe-io', 'path-exclude /usr/share/doc/*', 'path-exclude /usr/share/man/*'];
  writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/image'), `${settings.join('\n')}\n`);
  for (const file of ['/etc/resolv.conf', '/etc/hosts', CERTIFICATES]) {
    if (!existsSync(file)) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(file, join(root, file), { dereference: true });
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${text.slice(-3000)}`);
}

/** How this machine reaches its registries, and npm's cache, which are no part of an image. */
function surroundings(): Record<string, string> {
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  const certificates = existsSync(CERTIFICATES)
    ? { NODE_EXTRA_CA_CERTS: CERTIFICATES, NPM_CONFIG_CAFILE: CERTIFICATES }
    : {};
  return {
    ...Object.fromEntries(proxies.map(([name, value]) => [name, value ?? ''])),
    ...certificates,
    NPM_CONFIG_REGISTRY: npmConfig('registry'),
    NPM_CONFIG_CACHE: '/tmp/npm-cache',
  };
}

// Mounts are made in a namespace of their own and end with the command, so that nothing is left to unmount.
const ENTER = `set -e
root=$1 cache=$2 user=$3; shift 3
mount --make-rprivate /
mkdir -p "$root/tmp/npm-cache" "$cache"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$cache" "$root/tmp/npm-cache"
exec chroot --userspec="$user" "$root" "$@"`;

/** The arguments of `unshare` that run a command in a stage, as its user and with its environment. */
function within(stage: Stage, command: readonly string[], extra: Record<string, string> = {}): string[] {
  const home = stage.user === 'root' ? '/root' : `/home/${stage.user}`;
  const env = Object.entries({ PATH, HOME: home, ...stage.env, ...extra }).map(([name, value]) => `${name}=${value}`);
  const enter = ['sh', '-c', ENTER, 'enter', stage.root, NPM_CACHE, `${stage.user}:${stage.user}`];
  const inside = ['/usr/bin/env', '-i', ...env, 'sh', '-c', 'cd "$0" && exec "$@"', stage.workdir, ...command];
  return ['--mount', '--pid', '--fork', '--kill-child', ...enter, ...inside];
}

async function copy(stage: Stage, stages: Stages, rest: string): Promise<void> {
  const words = rest.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()!.slice('--from='.length) : undefined;
  const to = words.pop()!;
  const allowed = allowedInContext();
  for (const word of words) {
    const wanted = posix.normalize(word);
    const isAllowed = allowed.some((each) => wanted === each || wanted.startsWith(`${each}/`));
    if (from === undefined) expect([wanted, isAllowed]).toEqual([wanted, true]);
    const source = join(from === undefined ? CHECKOUT : (await stages.get(from)!).root, word);
    const place = join(stage.root, posix.resolve(stage.workdir, to));
    const isFolder = statSync(source).isDirectory();
    const target = !isFolder && to.endsWith('/') ? join(place, basename(source)) : place;
    mkdirSync(isFolder ? target : dirname(target), { recursive: true });
    await run('cp', isFolder ? ['-a', `${source}/.`, target] : ['-a', source, target]);
    if (from === undefined && isFolder) await run('find', [target, '-name', '*.test.ts', '-delete']);
    if (from === undefined) await run('chown', ['-R', '0:0', target]);
  }
}

const handlers: Record<string, (stage: Stage, rest: string, stages: Stages) => Promise<void> | void> = {
  WORKDIR(stage, rest) {
    stage.workdir = rest;
    mkdirSync(join(stage.root, rest), { recursive: true });
  },
  ENV(stage, rest) {
    for (const pair of rest.split(/\s+/))
      stage.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
  },
  USER(stage, rest) {
    stage.user = rest;
  },
  COPY: (stage, rest, stages) => copy(stage, stages, rest),
  RUN: (stage, rest) => run('unshare', within(stage, ['sh', '-c', rest], surroundings())),
  HEALTHCHECK(stage, rest) {
    stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
  },
  ENTRYPOINT(stage, rest) {
    stage.command = JSON.parse(rest);
  },
  CMD(stage, rest) {
    stage.command = [...stage.command, ...JSON.parse(rest)];
  },
  VOLUME(stage, rest) {
    for (const path of JSON.parse(rest)) expect(existsSync(join(stage.root, path))).toBe(true);
  },
  EXPOSE: () => undefined,
};

/** Runs all instructions, stages side by side; gives the last stage. */
async function build(folder: string): Promise<Stage> {
  const base = join(folder, 'base');
  await makeBase(base);
  const stages: Stages = new Map();
  const instructions = readDockerfile();
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  starts.forEach((start, index) => {
    const [image, , alias = 'last'] = instructions[start]!.rest.split(/\s+/);
    expect(image).toBe(`node:20-${DEBIAN}-slim`);
    const own = instructions.slice(start + 1, starts[index + 1]);
    stages.set(alias, buildStage(base, join(folder, alias), own, stages));
  });
  await Promise.all(stages.values());
  return stages.get('last')!;
}

async function buildStage(base: string, root: string, instructions: Instruction[], stages: Stages): Promise<Stage> {
  const stage: Stage = { root, env: {}, workdir: '/', user: 'root', command: [], healthcheck: [] };
  await run('cp', ['-a', base, root]);
  for (const { name, rest } of instructions) {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`this test does not know ${name}`);
    await handler(stage, rest, stages);
  }
  return stage;
}

function start(stage: Stage, env: Record<string, string>): { child: ChildProcess; said: () => string } {
  const child = spawn('unshare', within(stage, stage.command, env), { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  return { child, said: () => text };
}

/** Signals the first process of the namespace, with whose end all others end; `unshare` itself passes nothing on. */
function killInside(child: ChildProcess, signal: NodeJS.Signals): void {
  const inside = spawnSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
  process.kill(inside === '' ? child.pid! : Number(inside.split(/\s+/)[0]), signal);
}

const hasTools =
  process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('debootstrap', ['--version']).status === 0;

describe.skipIf(!hasTools)('Dockerfile (slow; as root, with debootstrap)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-image-'));
  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      killInside(child, 'SIGKILL');
      await closed;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes an image whose server is healthy, has FFmpeg and a database, and takes the test picture', async () => {
    const stage = await build(folder);
    expect(stage.user).not.toBe('root');
    const ports = {
      HEADWATER_RTMP_PORT: '0',
      HEADWATER_PLAYBACK_PORT: '0',
      HEADWATER_CONTROL_PORT: String(await freePort()),
      HEADWATER_UPLOAD_PORT: '0',
    };
    const { child, said } = start(stage, ports);
    while (spawnSync('unshare', within(stage, stage.healthcheck, ports)).status !== 0) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${said()}`);
      await delay(200);
    }
    while (!/"server started"/.test(said()) || !/"database ready"/.test(said())) await delay(100);
    expect(said()).toMatch(/"ffmpeg":"\d/);
    const publisher = ['node', 'dist/tools/scripts/publish-test-picture.js', '--data-dir', '/data', '--seconds', '2'];
    await run('unshare', within(stage, publisher));
    expect(said()).toContain('publish started');
    expect(existsSync(join(stage.root, 'app/node_modules/typescript'))).toBe(false);
    expect(existsSync(join(stage.root, 'app/dist/player/watch/index.html'))).toBe(true);
    const closed = once(child, 'close');
    killInside(child, 'SIGTERM');
    expect(await closed).toEqual([0, null]);
  }, 900_000);
});
