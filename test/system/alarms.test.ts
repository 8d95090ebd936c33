import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookSignature } from '../../src/notify/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const KEY = 'the-key-of-the-alarm-channel';
const cleanups: (() => unknown)[] = [];
let server: Headwater;
let receiver: CallbackReceiver;

type Told = {
  type: string;
  data: { id: string; code: string; severity: string; subject: { name: string }; runbook: string };
};

const told = (code: string): Told[] =>
  receiver
    .told('alarms')
    .map(({ body }) => JSON.parse(body) as Told)
    .filter(({ data }) => data.code === code);

const kinds = (code: string, name: string) =>
  told(code)
    .filter(({ data }) => data.subject.name === name)
    .map(({ type }) => type);

beforeAll(async () => {
  receiver = await CallbackReceiver.start();
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [{ match: { app: 'live', stream: 'show' }, alarms: { expected: 'always', offlineSeconds: 1 } }],
    alarmPolicies: [{ name: 'STREAM_OFFLINE', clearSeconds: 1 }],
    alarmChannels: [{ id: 'hook', kind: 'webhook', url: receiver.url('alarms'), key: KEY }],
  };
  server = await startHeadwater({ rules, env: { DATABASE_URL: '' } });
  cleanups.push(() => server.stop());
}, 180_000);

afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await receiver.down();
});

describe('alarms', () => {
  it('wake with exactly one when the encoder of an expected stream dies, and say when it is back', async () => {
    await until('it is missed', () => kinds('STREAM_OFFLINE', 'default/live/show').length === 1);
    const encoder = await publishTestPicture(server, 'live/show');
    await until('it is there', () => kinds('STREAM_OFFLINE', 'default/live/show').length === 2);
    receiver.received.length = 0;
    await encoder.stop('SIGKILL');
    await until('its loss is told', () => receiver.told('alarms').length > 0);
    const again = await publishTestPicture(server, 'live/show');
    cleanups.push(() => again.stop('SIGKILL'));
    await until('its return is told', () => kinds('STREAM_OFFLINE', 'default/live/show').length === 2);
    const all = receiver.told('alarms');
    expect(all.map(({ body }) => (JSON.parse(body) as Told).type)).toEqual(['alarm_raised', 'alarm_cleared']);
    for (const { headers, body } of all) {
      const [id = '', timestamp = ''] = [headers['webhook-id'], headers['webhook-timestamp']];
      expect(headers['webhook-signature']).toBe(webhookSignature({ id, timestamp, body }, KEY));
    }
    const { events } = await server.api<{ events: { kind: string }[] }>('/events?after=0');
    expect(events.filter(({ kind }) => kind.startsWith('alarm_')).map(({ kind }) => kind)).toEqual([
      'alarm_raised',
      'alarm_cleared',
      'alarm_raised',
      'alarm_cleared',
    ]);
  });
});
