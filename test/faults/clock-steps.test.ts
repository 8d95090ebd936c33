import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AlarmTables, LimitSharesTable, RelayClaims } from '../../src/store/index.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';
import { action, fail, type JobsBench, job, openBench, signalled } from '../system/jobs/helpers.ts';
import { until } from '../system/store/helpers.ts';

const HOUR = 3600;

let clock: SteppedClock;
let bench: JobsBench;

beforeAll(async () => {
  clock = await steppedClock();
  bench = await openBench(clock.env);
}, 120_000);
afterEach(async () => {
  await clock.set(0);
  await bench?.clear();
});
afterAll(async () => {
  await bench?.close();
  await clock?.remove();
});

/** A step that runs until it is let go, and says whether it was broken off. */
function long() {
  const [begun, mayEnd] = [signalled(), signalled()];
  const seen = { runs: 0, isBrokenOff: false };
  const run = action('long', async ({ signal }) => {
    seen.runs++;
    signal.addEventListener('abort', () => {
      seen.isBrokenOff = true;
    });
    begun.give();
    await mayEnd.done;
    return { output: {} };
  });
  return { run, begun: begun.done, let: mayEnd.give, seen };
}

const stateOf = async (id: string) => (await bench.jobs.find(id))?.state;
const submit = async (name: string) => (await bench.jobs.submit(job([{ name, action: name }]))).id;

describe('a database whose clock is set by an hour', () => {
  it.each([
    ['back', -HOUR],
    ['on', HOUR],
  ])(
    '%s leaves nothing lying about, and breaks nothing off that runs',
    async (_name, seconds) => {
      const running = long();
      let tries = 0;
      const flaky = action('flaky', async (each) => (++tries === 1 ? fail.run(each) : { output: {} }));
      const orphaned = action('orphaned', async () => ({ output: {} }));
      const longId = await submit('long');
      const orphanId = await submit('orphaned');
      // A worker that has just died has it.
      await bench.store.query(
        `update headwater.job_steps set lease_owner = 'dead', lease_until = now() + interval '20 seconds' where name = 'orphaned'`,
      );
      const retryDelayMs = () => 15_000;
      bench.worker({ actions: [running.run, flaky, orphaned], retryDelayMs });
      const flakyId = await submit('flaky');
      await running.begun;
      await until(() => tries === 1);
      const isPutOff = `select 1 from headwater.job_steps where name = 'flaky' and next_attempt_at > now() and lease_owner is null`;
      await until(async () => (await bench.store.query(isPutOff)).length === 1);

      const [{ at } = { at: new Date() }] = await bench.store.query<{ at: Date }>('select now() as at');
      await clock.set(seconds);
      const [{ at: then } = { at }] = await bench.store.query<{ at: Date }>('select now() as at');
      expect(Math.abs((then.getTime() - at.getTime()) / 1000 - seconds)).toBeLessThan(60);

      await until(async () => (await stateOf(flakyId)) === 'succeeded' && (await stateOf(orphanId)) === 'succeeded');
      // Its lease was renewed by the new time.
      const isRenewed = `select 1 from headwater.job_steps
      where name = 'long' and lease_until between now() and now() + interval '1 minute'`;
      await until(async () => (await bench.store.query(isRenewed)).length === 1);
      expect(running.seen).toEqual({ runs: 1, isBrokenOff: false });
      running.let();
      await until(async () => (await stateOf(longId)) === 'succeeded');
    },
    120_000,
  );
});

describe('what nodes hold by leases, when the clock of the database is set', () => {
  const LEASE_MS = 20_000;

  it.each([
    ['back', -HOUR],
    ['on', HOUR],
    ['back by a second', -1],
    ['on by a second', 1],
  ])(
    '%s: a pull stays with the node that lives, and is had from one that died after its lease',
    async (_name, seconds) => {
      let nowMs = 0;
      const [one, two] = [0, 1].map(() => new RelayClaims(bench.store, () => nowMs)) as [RelayClaims, RelayClaims];
      const [ofOne, ofTwo] = [() => one.take('one', ['pull'], LEASE_MS), () => two.take('two', ['pull'], LEASE_MS)];
      expect([await ofOne(), await ofTwo()]).toEqual([['pull'], []]);
      await clock.set(seconds);
      for (let renewals = 0; renewals < 10; renewals++) {
        nowMs += 3000;
        // The other one looks before it is renewed.
        expect([await ofTwo(), await ofOne()]).toEqual([[], ['pull']]);
      }
      expect(await ofTwo()).toEqual([]);
      nowMs += LEASE_MS;
      expect(await ofTwo()).toEqual(['pull']);
      expect(await ofOne()).toEqual([]);
      await two.keepOnly('two', []);
    },
    60_000,
  );

  it('back: a limit does not wait for the share of one that died', async () => {
    const shares = new LimitSharesTable(bench.store);
    const ask = (node: string, used: number) =>
      shares.share(node, 10, [{ key: 'viewers', limit: 100, used, wanted: 100 }]);
    expect((await ask('one', 60)).given).toMatchObject([{ held: 100 }]);
    expect((await ask('two', 0)).given).toMatchObject([{ held: 0, heldElsewhere: 100 }]);
    await clock.set(-HOUR);
    expect((await ask('two', 0)).given).toMatchObject([{ held: 100, heldElsewhere: 0 }]);
    for (const node of ['one', 'two']) await shares.giveUp(node);
  });

  it('back: another node watches over alarms for one that died', async () => {
    const alarms = new AlarmTables(bench.store);
    expect((await alarms.watch('one', 'one', LEASE_MS)).isWatcher).toBe(true);
    expect((await alarms.watch('two', 'two', LEASE_MS)).isWatcher).toBe(false);
    await clock.set(-HOUR);
    expect((await alarms.watch('two', 'two', LEASE_MS)).isWatcher).toBe(true);
    expect((await alarms.watch('one', 'one', LEASE_MS)).isWatcher).toBe(false);
    for (const node of ['one', 'two']) await alarms.leave(node);
  });
});
