import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { alarmsTold, typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const SHOW = 'default/live/show';
const cleanups: (() => unknown)[] = [];
let database: SystemPostgres;
let alarms: CallbackReceiver;
let home: Awaited<ReturnType<typeof tempDir>>;
let one: Headwater;
let two: Headwater;

type Listed = {
  alarms: { id: string; code: string; node: string; clearedAt?: string; acknowledged?: { by: string } }[];
};

beforeAll(async () => {
  database = await startSystemPostgres();
  alarms = await CallbackReceiver.start();
  // What was delivered a moment before a kill -9 may come again, the same in every byte.
  alarms.dropsRepetitions = true;
  home = await tempDir('alarms-cluster');
  one = await run('one');
  two = await run('two');
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await Promise.all([one?.stop(), two?.stop()]);
  await alarms?.down();
  database?.remove();
  await home?.remove();
});

/** The users are those of the database: the password that a node's first start showed last is the administrator's. */
const passwords = new Map<string, string>();

async function run(node: string): Promise<Headwater> {
  const quick = { holdSeconds: 1, clearSeconds: 1 };
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [{ match: { app: 'live', stream: 'show' }, alarms: { expected: 'always', offlineSeconds: 4 } }],
    alarmPolicies: [
      { name: 'STREAM_OFFLINE', clearSeconds: 1 },
      { name: 'NODE_DOWN', threshold: 6 },
      { name: 'DATABASE_DOWN', ...quick },
    ],
    alarmChannels: [{ id: 'hook', kind: 'webhook', url: alarms.url('alarms') }],
  };
  const env = { DATABASE_URL: database.url, HEADWATER_NODE_NAME: node, HEADWATER_MASTER_KEY: MASTER_KEY };
  const server = await startHeadwater({ rules, dataDir: join(home.path, node), env });
  passwords.set(node, server.secrets.adminPassword);
  return {
    ...server,
    api(path, init = {}) {
      const authorization = `Bearer ${[...passwords.values()].at(-1)}`;
      return server.api(path, { ...init, headers: { ...init.headers, authorization } });
    },
  };
}

const shows = () => typesOf(alarmsTold(alarms, 'STREAM_OFFLINE', SHOW));
const untilShows = (count: number) => until(`${count} are told`, () => shows().length >= count, 90_000);
const openOn = async (node: Headwater) => (await node.api<Listed>('/alarms?state=open')).alarms;

describe('two nodes on one database', () => {
  it('raise and clear one alarm for a stream, whichever of them has it', async () => {
    await untilShows(1);
    const encoder = await publishTestPicture(two, 'live/show');
    await untilShows(2);
    await encoder.stop('SIGKILL');
    await untilShows(3);
    const again = await publishTestPicture(one, 'live/show');
    await untilShows(4);
    await again.stop('SIGKILL');
    await untilShows(5);
    const [seenByOne, seenByTwo] = [await openOn(one), await openOn(two)];
    expect(seenByTwo.map(({ id }) => id)).toEqual(seenByOne.map(({ id }) => id));
    expect(shows()).toEqual(['raised', 'cleared', 'raised', 'cleared', 'raised']);
  });

  it('share acknowledgements, and go on where the other was killed', async () => {
    const [open] = await openOn(two);
    const body = JSON.stringify({ note: 'on it' });
    const headers = { 'content-type': 'application/json' };
    await two.api(`/alarms/${open?.id}/acknowledge`, { method: 'POST', body, headers });
    await until('the other knows', async () => (await openOn(one))[0]?.acknowledged?.by !== undefined);
    await one.child.stop('SIGKILL');
    await untilTold(alarms, 'alarm_raised', 'NODE_DOWN', 'one');
    const encoder = await publishTestPicture(two, 'live/show');
    cleanups.push(() => encoder.stop('SIGKILL'));
    await untilShows(6);
    await one.stop();
    one = await run('one');
    expect(typesOf(await untilTold(alarms, 'alarm_cleared', 'NODE_DOWN', 'one'))).toEqual(['raised', 'cleared']);
    await encoder.stop('SIGKILL');
    await untilShows(7);
    expect(shows()).toEqual(['raised', 'cleared', 'raised', 'cleared', 'raised', 'cleared', 'raised']);
  });

  it('tell of a database that is gone, and of what happens meanwhile, once', async () => {
    const encoder = await publishTestPicture(two, 'live/show');
    await untilShows(8);
    database.stop();
    await untilTold(alarms, 'alarm_raised', 'DATABASE_DOWN', 'one');
    await untilTold(alarms, 'alarm_raised', 'DATABASE_DOWN', 'two');
    await encoder.stop('SIGKILL');
    await untilShows(9);
    await two.child.stop('SIGKILL');
    await two.stop();
    two = await run('two');
    await until('it has looked again', async () => ((await two.metric('headwater_database_up')) ?? 1) === 0);
    database.start();
    for (const node of ['one', 'two']) {
      const told = await untilTold(alarms, 'alarm_cleared', 'DATABASE_DOWN', node);
      expect(typesOf(told)).toEqual(['raised', 'cleared']);
    }
    const back = await publishTestPicture(two, 'live/show');
    cleanups.push(() => back.stop('SIGKILL'));
    await untilShows(10);
    await until('nothing is open', async () => (await openOn(one)).length + (await openOn(two)).length === 0);
    const told = () => alarmsTold(alarms);
    const ids = new Set(told().map(({ data }) => data.id));
    const typesOfEach = () => [...ids].map((id) => typesOf(told().filter(({ data }) => data.id === id)));
    await until('all is told', () => typesOfEach().every((types) => types.at(-1) === 'cleared'));
    for (const types of typesOfEach()) expect(types).toEqual(['raised', 'cleared']);
    const { alarms: listed } = await one.api<Listed>('/alarms?limit=500');
    expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});
