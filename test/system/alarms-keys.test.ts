import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { alarmsTold, typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';

const DAY = 86_400;
const OWNER = 'default (play)';
const OLD = 'a'.repeat(32);
const NEWER = 'n'.repeat(32);

let clock: SteppedClock;
let alarms: CallbackReceiver;
let server: Headwater;

function rules(key1: string, newer: readonly string[] = []): RulesInput {
  const severities = ['page', 'ticket', 'info'] as const;
  const domain = (name: string, key: string) => ({
    ...{ name, push: { auth: { type: 'no_auth' as const } } },
    play: { auth: { type: 'type_a' as const, key1: key } },
  });
  return {
    domains: [domain('default', key1), ...newer.map((key) => domain('newer.test', key))],
    alarmChannels: [{ id: 'hook', kind: 'webhook', url: alarms.url('alarms'), severities: [...severities] }],
  };
}

beforeAll(async () => {
  clock = await steppedClock();
  alarms = await CallbackReceiver.start();
  // Of a file nobody knows since when its keys have been there.
  server = await startHeadwater({ env: { ...clock.env, DATABASE_URL: '' } });
});
afterAll(async () => {
  await server?.stop();
  await alarms?.down();
  await clock?.remove();
});

async function take(wanted: RulesInput): Promise<void> {
  const { revision } = await server.api<{ revision: number }>('/rules');
  const headers = { 'content-type': 'application/json', 'if-match': `"${revision}"` };
  await server.api('/rules', { method: 'PUT', headers, body: JSON.stringify(wanted) });
}

it('an alarm tells of a key that is older than a year, until it is another', async () => {
  await until('the database is there', async () => (await server.metric('headwater_database_up')) === 1);
  await take(rules(OLD));
  await clock.set(200 * DAY);
  await take(rules(OLD, [NEWER]));
  await clock.set(366 * DAY);
  const [told] = await untilTold(alarms, 'alarm_raised', 'KEY_EXPIRING', OWNER);
  expect(told?.data).toMatchObject({ severity: 'info', subject: { kind: 'key', name: OWNER } });
  await take(rules('b'.repeat(32), [NEWER]));
  await untilTold(alarms, 'alarm_cleared', 'KEY_EXPIRING', OWNER);
  expect(typesOf(alarmsTold(alarms, 'KEY_EXPIRING'))).toEqual(['raised', 'cleared']);
});
