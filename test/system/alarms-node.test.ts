import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RulesInput } from '../../src/rules/index.ts';
import { typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { writeCertificate } from '../support/certificate.ts';
import { limitCpu } from '../support/cpu-limit.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir } from '../support/index.ts';
import { ffmpegsOf } from '../support/ladder.ts';
import { startOpenBucket } from '../support/open-bucket.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const DISK_BYTES = 40_000_000;
const isRoot = process.getuid?.() === 0;

const cleanups: (() => unknown)[] = [];
let home: Awaited<ReturnType<typeof tempDir>>;
let alarms: CallbackReceiver;
/** Behind it is a bucket; while it is broken it says that it is not well. */
let front: Awaited<ReturnType<typeof breakableBucket>>;
let server: Headwater;
let disk: string;

const quick = { holdSeconds: 1, clearSeconds: 1 };

function rules(certificateDays: number): RulesInput {
  return {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: { app: 'kept' }, hls: { segmentSeconds: 1 }, timeShift: { enabled: true } },
      { match: { app: 'seen' }, snapshot: { enabled: true, everySeconds: 5, storage: 'bucket' } },
      { match: { app: 'heavy' }, transcode: { templates: ['rung'], lazy: false } },
    ],
    templates: [{ name: 'rung', video: { shortSide: 360, bitrateKbps: 600, preset: 'medium' }, latency: 'quality' }],
    alarmPolicies: [
      { name: 'CERTIFICATE_EXPIRING', threshold: certificateDays },
      { name: 'DISK_LOW', ...quick, threshold: 20 },
      { name: 'ARCHIVE_FAILING', ...quick },
      { name: 'STORAGE_BEHIND', ...quick },
      { name: 'RENDITION_DOWN', ...quick },
      { name: 'TRANSCODE_SLOW', ...quick },
    ],
    alarmChannels: [{ id: 'hook', kind: 'webhook', url: alarms.url('alarms'), severities: ['page', 'ticket', 'info'] }],
  };
}

beforeAll(async () => {
  home = await tempDir('alarms-node');
  alarms = await CallbackReceiver.start();
  front = await breakableBucket();
  cleanups.push(() => front.close());
  disk = join(home.path, 'disk');
  await mkdir(disk);
  if (isRoot) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
    cleanups.push(() => execFileSync('umount', ['--lazy', disk]));
  }
  const config = join(home.path, 'mine.yml');
  const keys = { accessKeyId: 'id-of-the-bucket', secretAccessKey: 'secret-of-the-bucket' };
  const remote = {
    name: 'bucket',
    kind: 's3',
    endpoint: front.endpoint,
    bucket: 'pictures',
    pathStyle: 'on',
  };
  await writeFile(config, stringify({ storages: [{ ...remote, ...keys }] }));
  const { certFile, keyFile } = await writeCertificate(home.path, 'live.test');
  const env = {
    ...{ HEADWATER_CONFIG: config, HEADWATER_NODE_NAME: 'one', DATABASE_URL: '' },
    ...{ HEADWATER_ARCHIVE_DIR: join(disk, 'archive'), HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '4000000' },
    ...{ HEADWATER_TLS_CERT_FILE: certFile, HEADWATER_TLS_KEY_FILE: keyFile },
    ...{ HEADWATER_PLAYBACK_TLS_PORT: '0', HEADWATER_RTMPS_PORT: '0' },
  };
  server = await startHeadwater({ rules: rules(30), env });
  cleanups.push(() => server.stop());
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await alarms?.down();
  await home?.remove();
});

async function expectOnce(code: string, name?: string): Promise<void> {
  const told = await untilTold(alarms, 'alarm_cleared', code, name);
  expect([code, ...typesOf(told)]).toEqual([code, 'raised', 'cleared']);
}

async function breakableBucket() {
  const bucket = await startOpenBucket();
  const state = { isBroken: false, endpoint: '', close: () => {} };
  const server = createServer((incoming, outgoing) => {
    if (state.isBroken) {
      incoming.resume();
      outgoing.writeHead(503).end();
      return;
    }
    const { method, headers } = incoming;
    const onward = request(`${bucket.endpoint}${incoming.url}`, { ...(method && { method }), headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.close = () => {
    server.closeAllConnections();
    server.close();
    bucket.close();
  };
  return state;
}

describe('alarms of a node', () => {
  it.skipIf(!isRoot)('tell of a full disk, and that nothing is recorded', async () => {
    const encoder = await publishTestPicture(server, 'kept/show');
    cleanups.push(() => encoder.stop('SIGKILL'));
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(37_500_000));
    const [low] = await untilTold(alarms, 'alarm_raised', 'DISK_LOW');
    expect(low?.data.subject.name).toBe(`one:${join(disk, 'archive')}`);
    await untilTold(alarms, 'alarm_raised', 'ARCHIVE_FAILING');
    await rm(filler);
    await expectOnce('ARCHIVE_FAILING', 'one');
    const told = await untilTold(alarms, 'alarm_cleared', 'DISK_LOW');
    expect(typesOf(told).filter((type) => type === 'cleared')).toHaveLength(1);
    await encoder.stop('SIGKILL');
  });

  it('tell of a bucket that takes nothing', async () => {
    front.isBroken = true;
    const encoder = await publishTestPicture(server, 'seen/show');
    cleanups.push(() => encoder.stop('SIGKILL'));
    await untilTold(alarms, 'alarm_raised', 'STORAGE_BEHIND', 'bucket');
    front.isBroken = false;
    // Uploads are tried again within a minute.
    await expectOnce('STORAGE_BEHIND', 'bucket');
    await encoder.stop('SIGKILL');
  });

  it('tell of rules that were refused, and of a certificate that has less left than is wanted', async () => {
    await server.setRules({ ...rules(30), unknownHosts: 'nonsense' as 'default' });
    await untilTold(alarms, 'alarm_raised', 'RULES_REFUSED');
    await server.setRules(rules(400));
    await expectOnce('RULES_REFUSED', 'one');
    const [expiring] = await untilTold(alarms, 'alarm_raised', 'CERTIFICATE_EXPIRING');
    expect(expiring?.data.severity).toBe('info');
    await server.setRules(rules(30));
    await expectOnce('CERTIFICATE_EXPIRING');
  });

  it('tell of encoding that is too slow, and of the rendition that is given up for it', async () => {
    const encoder = await publishTestPicture(server, 'heavy/show', { seconds: 300, size: '854x480' });
    cleanups.push(() => encoder.stop('SIGKILL'));
    const limit = limitCpu(() => ffmpegsOf(server), 0.05);
    try {
      await untilTold(alarms, 'alarm_raised', 'TRANSCODE_SLOW', 'default/heavy/show');
      await untilTold(alarms, 'alarm_raised', 'RENDITION_DOWN', 'default/heavy/show_rung');
    } finally {
      await limit.stop();
    }
    await encoder.stop('SIGKILL');
    await expectOnce('RENDITION_DOWN', 'default/heavy/show_rung');
    // Without the rendition it is fast enough, and with it perhaps not, until the machine is itself again.
    const told = await untilTold(alarms, 'alarm_cleared', 'TRANSCODE_SLOW', 'default/heavy/show');
    expect(typesOf(told).join(' ')).toMatch(/^raised cleared/);
  });
});
