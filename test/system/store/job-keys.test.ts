import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Jobs } from '../../../src/jobs/index.ts';
import { createLogger } from '../../../src/log/index.ts';
import { JobKeys, type MasterKeys, openStore, SecretBox, type Store } from '../../../src/store/index.ts';
import { dataFolder } from './helpers.ts';

const folder = dataFolder();
const log = createLogger({ level: 'silent' });
const [former, fresh] = [randomBytes(32), randomBytes(32)];
const hexKey = randomBytes(16).toString('hex');
const Key = randomBytes(16).toString('base64');
const KeyUri = Buffer.from('https://keys.example/1').toString('base64');
let store: Store;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
  await store.whenReady();
});
afterAll(async () => {
  await store?.close();
  folder.remove();
});

const keysWith = (...keys: MasterKeys) => new JobKeys({ store, box: new SecretBox(keys) });
const jobsWith = (...keys: MasterKeys) => new Jobs({ store, log, keys: keysWith(...keys) });

/** As assets have it, and as MPS has it, twice. */
const inputs = [
  { asset: 'a', rungs: [{ name: 'hd', encryption: { hexKey, keyUri: 'hd/segments.key' } }] },
  { output: { OutputObject: 'a.m3u8', Encryption: { Type: 'hls-aes-128', Key, KeyUri } }, Key: 'not one' },
  { output: { Encryption: JSON.stringify({ Type: 'hls-aes-128', Key, KeyUri }) } },
];

async function jobThat(state: string, stepState = state === 'failed' ? 'dead' : state): Promise<string> {
  const steps = inputs.map((input, index) => ({ name: `step-${index}`, action: 'pass', input }));
  const { id } = await jobsWith(former).submit({
    ...{ id: randomUUID(), kind: 'try', pipeline: 'default', submitter: 'ann', steps },
  });
  await store.query('update headwater.job_steps set state = $2 where job_id = $1', [id, stepState]);
  await store.query('update headwater.jobs set state = $2 where id = $1', [id, state]);
  return id;
}

async function inputsOf(job: string): Promise<object[]> {
  const text = 'select input from headwater.job_steps where job_id = $1 order by id';
  return (await store.query<{ input: object }>(text, [job])).map(({ input }) => input);
}

const textOf = async (job: string) => JSON.stringify(await inputsOf(job));
const clear = [hexKey, Key];

it('seals keys of jobs that are over, and gives them back to those that are tried again', async () => {
  const [done, failed, cancelled] = [await jobThat('succeeded'), await jobThat('failed'), await jobThat('cancelled')];
  const [running, cleaning] = [await jobThat('running', 'pending'), await jobThat('cancelled', 'pending')];
  expect(await keysWith(former).sealClear()).toBe(9);
  expect(await keysWith(former).sealClear()).toBe(0);
  for (const each of [done, failed, cancelled]) for (const key of clear) expect(await textOf(each)).not.toContain(key);
  for (const each of [running, cleaning]) expect(await inputsOf(each)).toEqual(inputs);
  expect(await textOf(done)).not.toContain('sealedKey');
  for (const each of ['segments.key', KeyUri, 'not one']) expect(await textOf(done)).toContain(each);

  // With another master key nobody tries it again, and nothing has changed.
  await expect(jobsWith(fresh).retry(failed)).rejects.toMatchObject({ code: 'MASTER_KEY_UNKNOWN' });
  expect(await jobsWith(former).find(failed)).toMatchObject({ state: 'failed' });
  // Whoever submits a job may write what no key opens: the others are sealed anew all the same.
  const steps = [{ name: 'one', action: 'pass', input: { hexKey: { sealedKey: 'nothing' } } }];
  await jobsWith(former).submit({ kind: 'try', pipeline: 'default', submitter: 'eve', steps });
  expect(await keysWith(fresh, former).reseal()).toBe(7);
  expect(await jobsWith(fresh).retry(failed)).toMatchObject({ state: 'running' });
  expect(await inputsOf(failed)).toEqual(inputs);
  await jobsWith(fresh).retry(cancelled);
  expect(await inputsOf(cancelled)).toEqual(inputs);
});
