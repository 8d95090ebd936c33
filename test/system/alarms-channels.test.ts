import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { alarmsTold, typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { freePort } from '../support/free-port.ts';
import {
  type Child,
  type Headwater,
  publishTestPicture,
  start,
  startHeadwater,
  tempDir,
  until,
} from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
const PASSWORD = 'the-password-of-the-mail-server';
const SHOW = 'default/live/show';

type Mail = { readonly from: string; readonly to: readonly string[]; readonly message: string };

const mails: Mail[] = [];
const cleanups: (() => unknown)[] = [];
let refusesMail = false;
let server: Headwater;
let alarms: CallbackReceiver;
let alertmanager: string;

beforeAll(async () => {
  alarms = await CallbackReceiver.start();
  cleanups.push(() => alarms.down());
  const smtpPort = await startMailServer();
  alertmanager = await startAlertmanager();
  const severities = ['page', 'ticket', 'info'] as const;
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: { domain: 'default', app: 'live', stream: 'show' }, alarms: { expected: 'always', offlineSeconds: 1 } },
    ],
    alarmPolicies: [{ name: 'STREAM_OFFLINE', clearSeconds: 1 }],
    alarmChannels: [
      { id: 'hook', kind: 'webhook', url: alarms.url('alarms'), severities: [...severities] },
      { id: 'tickets', kind: 'webhook', url: alarms.url('tickets'), severities: ['ticket'] },
      {
        ...{ id: 'mail', kind: 'email', from: 'headwater@example.com', to: ['team@example.com', 'duty@example.com'] },
        smtp: { host: '127.0.0.1', port: smtpPort, security: 'none', user: 'alarms', password: PASSWORD },
      },
      {
        id: 'alertmanager',
        kind: 'alertmanager',
        url: `${alertmanager}/`,
        resendSeconds: 5,
        severities: [...severities],
      },
    ],
  };
  server = await startHeadwater({ rules, env: { DATABASE_URL: '', HEADWATER_NODE_NAME: 'one' } });
  cleanups.push(() => server.stop());
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startMailServer(): Promise<number> {
  const mailServer = new SMTPServer({
    ...{ allowInsecureAuth: true, disabledCommands: ['STARTTLS'], logger: false },
    onAuth: ({ username, password }, _session, done) =>
      username === 'alarms' && password === PASSWORD
        ? done(null, { user: username })
        : done(new Error('wrong password')),
    async onData(stream, { envelope }, done) {
      const message = await text(stream);
      if (refusesMail) return done(Object.assign(new Error('try later'), { responseCode: 451 }));
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), message });
      done();
    },
  });
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise<void>((resolve) => mailServer.close(() => resolve())));
  return (mailServer.server.address() as AddressInfo).port;
}

/** The real one where it is installed; else its address leads nowhere. */
async function startAlertmanager(): Promise<string> {
  const [port, home] = [await freePort(), await tempDir('alertmanager')];
  cleanups.push(() => home.remove());
  if (!existsSync(ALERTMANAGER)) return `http://127.0.0.1:${port}`;
  const config = join(home.path, 'alertmanager.yml');
  await writeFile(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const listen = [`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='];
  const child: Child = start(ALERTMANAGER, [`--config.file=${config}`, `--storage.path=${home.path}`, ...listen]);
  cleanups.push(() => child.stop());
  const url = `http://127.0.0.1:${port}`;
  await until('the Alertmanager is ready', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok);
  return url;
}

type Alert = { labels: Record<string, string>; annotations: Record<string, string>; endsAt: string };
const alerts = async () => (await (await fetch(`${alertmanager}/api/v2/alerts`)).json()) as Alert[];

const write = <T>(path: string, body: object, method = 'POST') =>
  server.api<T>(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

const header = ({ message }: Mail, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(message.replace(/\r\n[ \t]+/g, ' '))?.[1]?.trim();

describe('channels of alarms', () => {
  it.skipIf(!existsSync(ALERTMANAGER))('tell a real Alertmanager while it lasts, and when it is over', async () => {
    await untilTold(alarms, 'alarm_raised', 'STREAM_OFFLINE', SHOW);
    const [alert] = await until('it has it', async () => {
      const all = await alerts();
      return all.length > 0 && all;
    });
    expect(alert?.labels).toEqual({
      ...{ alertname: 'STREAM_OFFLINE', severity: 'page', subject: SHOW, node: 'one', service: 'headwater' },
      ...{ domain: 'default', app: 'live', stream: 'show' },
    });
    expect(alert?.annotations.runbook_url).toBe('docs/runbooks/STREAM_OFFLINE.md');
    const endsAt = alert?.endsAt ?? '';
    await until('it is told again', async () => ((await alerts())[0]?.endsAt ?? '') > endsAt);
    const encoder = await publishTestPicture(server, 'live/show');
    await until('it is over there', async () => (await alerts()).length === 0);
    await encoder.stop('SIGKILL');
  });

  it('send e-mail that says what to do, again where the server was not well, and an answer when it is over', async () => {
    refusesMail = true;
    alarms.received.length = 0;
    const [told] = await untilTold(alarms, 'alarm_raised', 'STREAM_OFFLINE', SHOW);
    const thread = `<${told?.data.id}@headwater>`;
    refusesMail = false;
    const encoder = await publishTestPicture(server, 'live/show');
    await untilTold(alarms, 'alarm_cleared', 'STREAM_OFFLINE', SHOW);
    const cleared = await until('both mails are there', () =>
      mails.find((mail) => header(mail, 'In-Reply-To') === thread),
    );
    const all = mails.filter((mail) => header(mail, 'Message-ID') === thread);
    expect(all.length).toBe(1);
    const [raised] = all as [Mail];
    expect(raised.from).toBe('headwater@example.com');
    expect(raised.to).toEqual(['team@example.com', 'duty@example.com']);
    expect(header(raised, 'Subject')).toBe(`[page] An expected stream is not live: ${SHOW}`);
    expect(raised.message).toContain('docs/runbooks/STREAM_OFFLINE.md');
    expect(header(cleared, 'Subject')).toBe(`[cleared] An expected stream is not live: ${SHOW}`);
    expect(mails.filter((mail) => header(mail, 'In-Reply-To') === thread).length).toBe(1);
    expect(alarms.told('tickets')).toEqual([]);
    await encoder.stop('SIGKILL');
  });

  it('try what an operator wants to try, and hide passwords from who may not see them', async () => {
    const before = mails.length;
    expect(await write('/alarms/test', { channel: 'mail' })).toMatchObject({ isTaken: true, status: 250 });
    const tests = mails.slice(before).filter(({ message }) => message.includes('headwater-test'));
    expect(tests.map((mail) => header(mail, 'Subject')?.split(' ')[0])).toEqual(['[info]', '[cleared]']);
    refusesMail = true;
    const refused = await write<{ isTaken: boolean; error: string }>('/alarms/test', { channel: 'mail' });
    expect(refused).toMatchObject({ isTaken: false, error: expect.stringContaining('try later') });
    refusesMail = false;
    await expect(write('/alarms/test', { channel: 'none' })).rejects.toThrow('CHANNEL_NOT_FOUND');
    await write('/users', { name: 'zed', password: 'correct horse battery', grants: [{ role: 'monitor' }] });
    const login = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/login`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ user: 'zed', password: 'correct horse battery' }),
    });
    const cookie = login.headers.get('set-cookie') ?? '';
    const seen = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/alarm-channels`, { headers: { cookie } });
    const shown = await seen.text();
    expect(shown).toContain('duty@example.com');
    expect(shown).not.toContain(PASSWORD);
    expect(JSON.stringify(server.log())).not.toContain(PASSWORD);
  });
});

describe('operators', () => {
  type Listed = { alarms: { id: string; code: string; silencedUntil?: string; acknowledged?: { note: string } }[] };

  it('keep channels quiet for a time, and are told then what is still open', async () => {
    const encoder = await publishTestPicture(server, 'live/show');
    await until('all is well', async () => (await server.api<Listed>('/alarms?state=open')).alarms.length === 0);
    const until1h = new Date(Date.now() + 3_600_000).toISOString();
    const silence = { code: 'STREAM_*', subject: 'default/live/*', until: until1h, reason: 'rehearsal' };
    const { id } = await write<{ id: string }>('/alarm-silences', silence);
    await encoder.stop('SIGKILL');
    const open = await until('it is raised', async () => {
      const { alarms: all } = await server.api<Listed>('/alarms?state=open&code=STREAM_OFFLINE');
      return all[0];
    });
    expect(open.silencedUntil).toBe(until1h);
    const toldOfIt = () => alarmsTold(alarms).filter(({ data }) => data.id === open.id);
    expect(toldOfIt()).toEqual([]);
    await write(`/alarm-silences/${id}`, { until: until1h, reason: 'rehearsal, longer' }, 'PUT');
    await server.api(`/alarm-silences/${id}`, { method: 'DELETE' });
    await until('it is told', () => toldOfIt().length > 0);
    expect(typesOf(toldOfIt())).toEqual(['raised']);
    await write(`/alarms/${open.id}/acknowledge`, { note: 'calling the studio' });
    const one = await server.api<Listed['alarms'][number]>(`/alarms/${open.id}`);
    expect(one.acknowledged?.note).toBe('calling the studio');
    await until('both are in the audit log', async () => {
      const { entries } = await server.api<{ entries: { action: string; detail: object }[] }>('/audit?limit=100');
      const audited = JSON.stringify(entries.filter(({ action }) => action === 'alarms:write'));
      return audited.includes('rehearsal, longer') && audited.includes('calling the studio');
    });
  });

  it('are told what is wrong with what they ask for', async () => {
    const now = new Date().toISOString();
    await expect(write('/alarm-silences', { until: now, reason: 'late' })).rejects.toThrow('BAD_TIME');
    await expect(write('/alarm-silences', { until: now, reason: '', mood: 1 })).rejects.toThrow('BAD_REQUEST');
    await expect(server.api('/alarms?cursor=nonsense')).rejects.toThrow('BAD_CURSOR');
    await expect(server.api('/alarms/6f1c2a9e-3c1f-4d7e-9b57-2f8e0d1a4c33')).rejects.toThrow('ALARM_NOT_FOUND');
    const { markdown } = await server.api<{ markdown: string }>('/alarm-codes/DISK_LOW/runbook');
    expect(markdown).toContain('# DISK_LOW');
  });
});
