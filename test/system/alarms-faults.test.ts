import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { readAlarms } from '../../src/store/index.ts';
import { alarmsTold, typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { countingFlv } from '../support/counting-viewers.ts';
import { limitCpu } from '../support/cpu-limit.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { type ModerationHook, startModerationHook } from '../support/moderation-hook.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { FlvViewer, type MadeFlv, makeFlv, playForEver, RtmpPublisher } from '../support/peers.ts';

const DISK_BYTES = 40_000_000;
const isRoot = process.getuid?.() === 0;
const SLOW_MS = 700;

const cleanups: (() => unknown)[] = [];
let home: Awaited<ReturnType<typeof tempDir>>;
let dataDir: string;
let alarms: CallbackReceiver;
let hook: ModerationHook;
let authority: Server;
/** How long the authentication server thinks about each viewer. */
let authorityMs = 0;
let picture: MadeFlv;
let server: Headwater;

const quick = { holdSeconds: 1, clearSeconds: 1 };

/** A machine that has much to do is slow by itself: that is looked for only where it is made so. */
function rules(isSlownessTold = false): RulesInput {
  const { port } = authority.address() as AddressInfo;
  const remoteAuth = { url: `http://127.0.0.1:${port}/`, timeoutMs: 3000 };
  return {
    domains: [OPEN_DOMAIN, { ...OPEN_DOMAIN, name: 'localhost', play: { ...OPEN_DOMAIN.play, remoteAuth } }],
    streams: [
      { publish: { waitSeconds: 0 } },
      { match: { app: 'seen' }, snapshot: { enabled: true, everySeconds: 5, moderation: { url: hook.url('look') } } },
    ],
    alarmPolicies: [
      { name: 'EGRESS_UNUSUAL', holdSeconds: 2, clearSeconds: 1, threshold: 3 },
      { name: 'JOIN_SLOW', ...quick, threshold: 0.5 },
      { name: 'MODERATION_FAILING', ...quick, threshold: 3 },
      { name: 'JOURNAL_FAILING', ...quick },
      { name: 'NODE_SLOW', enabled: isSlownessTold, holdSeconds: 1, clearSeconds: 5, threshold: 2000 },
    ],
    alarmChannels: [{ id: 'hook', kind: 'webhook', url: alarms.url('alarms'), severities: ['page', 'ticket', 'info'] }],
  };
}

beforeAll(async () => {
  home = await tempDir('alarms-faults');
  alarms = await CallbackReceiver.start();
  hook = await startModerationHook();
  picture = await makeFlv({ seconds: 4, gop: 30, size: '640x360', bitrate: '3M' });
  authority = createServer(async (_request, response) => {
    await delay(authorityMs);
    response.writeHead(200).end();
  }).listen(0, '127.0.0.1');
  await once(authority, 'listening');
  dataDir = join(home.path, 'disk');
  await mkdir(dataDir);
  if (isRoot) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dataDir]);
    cleanups.push(() => execFileSync('umount', ['--lazy', dataDir]));
  }
  server = await startHeadwater({ rules: rules(), dataDir, env: { ...NO_DATABASE, HEADWATER_NODE_NAME: 'one' } });
  cleanups.push(() => server.stop());
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  authority?.closeAllConnections();
  authority?.close();
  await hook?.close();
  await alarms?.down();
  await picture?.remove();
  await home?.remove();
});

async function publish(path: string, host = '127.0.0.1'): Promise<{ stop(): Promise<void> }> {
  const [app = '', streamName = ''] = path.split('/');
  const split = { tcUrl: `rtmp://${host}:${server.rtmpPort}/${app}`, app, streamName };
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path, split });
  const playing = playForEver(publisher, picture.tags);
  return { stop: () => playing.stop().then(() => publisher.unpublish()) };
}

async function expectOnce(code: string, name: string): Promise<void> {
  const told = await untilTold(alarms, 'alarm_cleared', code, name);
  expect([code, ...typesOf(told)]).toEqual([code, 'raised', 'cleared']);
}

describe('alarms of faults', () => {
  it('tell of a domain that suddenly has twenty times its viewers', async () => {
    const publisher = await publish('live/show');
    const usual = await countingFlv(server, 'live/show');
    await until('the server knows what is usual', async () => {
      const { egressPeaks = {} } = (await readAlarms(dataDir)) ?? {};
      return (egressPeaks.default?.[0]?.mbps ?? 0) > 1;
    });
    const crowd = await Promise.all(Array.from({ length: 20 }, () => countingFlv(server, 'live/show')));
    const [told] = await untilTold(alarms, 'alarm_raised', 'EGRESS_UNUSUAL', 'default');
    expect(told?.data.subject).toMatchObject({ kind: 'domain', domain: 'default' });
    for (const viewer of crowd) viewer.close();
    await expectOnce('EGRESS_UNUSUAL', 'default');
    usual.close();
    await publisher.stop();
  });

  it('tell of viewers who wait for a slow authentication server', async () => {
    const publisher = await publish('live/waited', 'localhost');
    const url = `${server.playback.replace('127.0.0.1', 'localhost')}/live/waited.flv`;
    const watch = async () => (await FlvViewer.open(url)).close();
    authorityMs = SLOW_MS;
    await Promise.all(Array.from({ length: 6 }, watch));
    await untilTold(alarms, 'alarm_raised', 'JOIN_SLOW', 'one');
    authorityMs = 0;
    await watch();
    await expectOnce('JOIN_SLOW', 'one');
    await publisher.stop();
  });

  it('tell of a moderation hook that answers 500, until it looks at pictures again', async () => {
    hook.answer = () => 500;
    const publishers = [await publish('seen/one'), await publish('seen/two')];
    await untilTold(alarms, 'alarm_raised', 'MODERATION_FAILING', 'one');
    hook.answer = () => ({});
    await expectOnce('MODERATION_FAILING', 'one');
    for (const publisher of publishers) await publisher.stop();
  });

  it.skipIf(!isRoot)('tell of a disk that takes no events, though the alarm is one itself', async () => {
    const filler = join(dataDir, 'filler');
    await fill(filler);
    const publishers = await Promise.all(Array.from({ length: 12 }, (_, index) => publish(`full/s${index}`)));
    await untilTold(alarms, 'alarm_raised', 'JOURNAL_FAILING', 'one');
    expect(await server.metric('headwater_journal_up')).toBe(0);
    await rm(filler);
    await expectOnce('JOURNAL_FAILING', 'one');
    for (const publisher of publishers) await publisher.stop();
    const kinds = async () => {
      const kept = (await readAlarms(dataDir))?.alarms as readonly { code: string; clearedAtMs?: number }[] | undefined;
      return kept?.find(({ code }) => code === 'JOURNAL_FAILING')?.clearedAtMs;
    };
    await until('it is kept on the disk', async () => (await kinds()) !== undefined);
  });

  it('tell of a node that gets a quarter of its time, and answers late', async () => {
    await server.setRules(rules(true));
    const limit = limitCpu(() => Promise.resolve([server.child.pid]), 0.25, 4000);
    try {
      await untilTold(alarms, 'alarm_raised', 'NODE_SLOW', 'one');
    } finally {
      await limit.stop();
    }
    await expectOnce('NODE_SLOW', 'one');
    expect(alarmsTold(alarms).filter(({ data }) => data.code === 'NODE_SLOW')).toHaveLength(2);
  });
});

/** Until nothing goes in any more. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const bytes of [1_000_000, 4096]) {
      const block = Buffer.alloc(bytes);
      for (;;) await file.write(block);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
