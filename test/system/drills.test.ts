import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../src/cli/drill/index.ts';
import { alarmsTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import {
  type Child,
  HEADWATER,
  type Headwater,
  publishTestPicture,
  start,
  startHeadwater,
  tempDir,
  until,
} from '../support/index.ts';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let alarms: CallbackReceiver;
let bystander: Child;

beforeAll(async () => {
  home = await tempDir('drills');
  alarms = await CallbackReceiver.start();
  server = await startHeadwater({ dataDir: `${home.path}/data` });
  const channel = { id: 'hook', kind: 'webhook', url: alarms.url('alarms'), severities: ['page', 'ticket', 'info'] };
  const headers = { 'content-type': 'application/json' };
  await server.api('/alarm-channels', { method: 'POST', headers, body: JSON.stringify(channel) });
  bystander = await publishTestPicture(server, 'live/show', { seconds: 1200 });
});
afterAll(async () => {
  await bystander?.stop();
  await server?.stop();
  await alarms?.down();
  await home?.remove();
});

/** The command from another shell of the same machine. */
function drill(args: readonly string[], ofServer = true): Child {
  const env = { ...process.env, ...(ofServer ? { HEADWATER_DATA_DIR: server.dataDir } : {}), TMPDIR: home.path };
  return start(process.execPath, [...HEADWATER, 'drill', ...args], { cwd: home.path, env });
}

async function reportOf(child: Child): Promise<{ code: number | null; report: DrillReport }> {
  const code = await child.exited;
  return { code, report: JSON.parse(child.stdout()) };
}

type Lists = Readonly<Record<string, readonly { readonly name?: string; readonly app?: string }[]>>;

/** Nothing of a drill is there any more, and what was there before goes on. */
async function expectNothingLeft(): Promise<void> {
  const { domains = [] } = await server.api<Lists>('/domains');
  expect(domains.map(({ name }) => name)).toEqual(['default']);
  expect((await server.api<Lists>('/stream-rules')).streamRules).toEqual([]);
  expect((await server.api<Lists>('/callbacks')).callbacks).toEqual([]);
  expect((await server.api<Lists>('/alarm-silences')).silences).toEqual([]);
  const { streams = [] } = await server.api<Lists>('/streams');
  expect(streams).toMatchObject([{ app: 'live', name: 'show', state: 'publishing' }]);
  expect((await readdir(home.path)).filter((name) => name.startsWith('headwater-drill-'))).toEqual([]);
}

const failed = ({ steps }: DrillReport) => steps.filter(({ status }) => status !== 'ok');

describe('headwater drill', () => {
  it('encoder-loss: one alarm, kept viewers, and nobody is woken', async () => {
    const { code, report } = await reportOf(drill(['encoder-loss', '--json']));
    expect(failed(report)).toEqual([]);
    expect(report).toMatchObject({ drill: 'encoder-loss', passed: true, interrupted: false });
    expect(report.steps.map(({ id }) => id)).toEqual([
      ...['prepare', 'rules', 'viewer', 'loss', 'callback', 'alarm', 'waiting', 'return', 'cleared', 'once'],
    ]);
    expect(code).toBe(0);
    expect(alarmsTold(alarms)).toEqual([]);
    await expectNothingLeft();
  });

  it('encoder-loss: fails where the alarm is switched off, and says so', async () => {
    const headers = { 'content-type': 'application/json' };
    const policy = { name: 'STREAM_OFFLINE', enabled: false };
    await server.api('/alarm-policies', { method: 'POST', headers, body: JSON.stringify(policy) });
    const child = drill(['encoder-loss']);
    expect(await child.exited).toBe(1);
    expect(child.stdout()).toMatch(/FAIL {2}rules .*alarmPolicies switches STREAM_OFFLINE off\n/);
    await server.api('/alarm-policies/STREAM_OFFLINE', { method: 'DELETE' });
    await expectNothingLeft();
  });

  it('takes everything away on Ctrl-C', async () => {
    const child = drill(['encoder-loss']);
    await until('it is under way', () => child.stdout().includes('viewer'));
    child.process.kill('SIGINT');
    expect(await child.exited).toBe(1);
    expect(child.stdout()).toContain('INTERRUPTED  encoder-loss');
    await expectNothingLeft();
    expect(alarmsTold(alarms)).toEqual([]);
  });

  it('key-rotation: no gap, and the old key is refused at the end', async () => {
    const { code, report } = await reportOf(drill(['key-rotation', '--json']));
    expect(failed(report)).toEqual([]);
    expect(report.steps.map(({ id }) => id)).toEqual([
      ...['prepare', 'before', 'add-backup', 'promote', 'gap', 'retire', 'refused'],
    ]);
    expect(code).toBe(0);
    await expectNothingLeft();
  });

  it('db-down and bucket-down: look only, and see that the saved rules are stale', async () => {
    const dry = await reportOf(drill(['db-down', '--json']));
    expect(failed(dry.report)).toEqual([]);
    expect((await reportOf(drill(['bucket-down', '--json']))).report.passed).toBe(true);
    const file = `${server.dataDir}/rules.json`;
    const saved = await readFile(file, 'utf8');
    await writeFile(file, saved.replace(/"revision": \d+/, '"revision": 0'));
    const stale = await reportOf(drill(['db-down', '--json']));
    await writeFile(file, saved);
    expect([stale.code, ...failed(stale.report).map(({ id }) => id)]).toEqual([1, 'saved-rules']);
  });

  it('db-down for real: a second server lives without its database', async () => {
    const { code, report } = await reportOf(drill(['db-down', '--for-real', '--json'], false));
    expect(failed(report)).toEqual([]);
    expect([code, report.steps.at(-1)?.id]).toEqual([0, 'nothing-lost']);
    await expectNothingLeft();
  });

  it('bucket-down for real: uploads wait and come', async () => {
    const { code, report } = await reportOf(drill(['bucket-down', '--for-real', '--json'], false));
    expect(failed(report)).toEqual([]);
    expect([code, report.steps.at(-1)?.id]).toEqual([0, 'nothing-lost']);
    await expectNothingLeft();
  });
});
