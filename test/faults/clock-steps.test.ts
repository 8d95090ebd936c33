import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
