import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { andThen, type Job, JobError, type JobState, type Step } from '../../../src/jobs/index.ts';
import { FollowerLease, type Store } from '../../../src/store/index.ts';
import { until } from '../store/helpers.ts';
import { action, echo, fail, type JobsBench, job, openBench, signalled } from './helpers.ts';

let bench: JobsBench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterEach(() => bench.clear());
afterAll(() => bench.close());

async function ended(id: string): Promise<Job & { readonly steps: readonly Step[] }> {
  const over: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];
  const isEnded = (found: Awaited<ReturnType<typeof bench.jobs.find>>) =>
    found &&
    over.includes(found.state) &&
    found.steps.every(({ state }) => !['waiting', 'pending', 'running'].includes(state));
  await until(async () => isEnded(await bench.jobs.find(id)) === true);
  return (await bench.jobs.find(id))!;
}

const states = (found: { readonly steps: readonly Step[] }) =>
  Object.fromEntries(found.steps.map(({ name, state }) => [name, state]));

describe('jobs', () => {
  it('runs a diamond, each step with what those before it returned', async () => {
    bench.worker({ actions: [echo] });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'a', input: { n: 1 } },
        { name: 'b', input: { n: 2 }, after: ['a'] },
        { name: 'c', input: { n: 3 }, after: ['a'] },
        { name: 'd', input: { n: 4 }, after: ['b', 'c'] },
      ]),
    );
    const found = await ended(id);
    expect(found).toMatchObject({ state: 'succeeded', percent: 100 });
    const a = { n: 1, before: {} };
    const [b, c] = [2, 3].map((n) => ({ n, before: { a } }));
    expect(found.steps.at(-1)).toMatchObject({ attempts: 1, output: { n: 4, before: { b, c } } });
  });

  it('answers the same job to the same id, and refuses what is no graph', async () => {
    const id = crypto.randomUUID();
    const first = await bench.jobs.submit(job([{ name: 'a' }], { id, userData: 'x' }));
    expect(await bench.jobs.submit(job([{ name: 'b' }, { name: 'c' }], { id }))).toEqual(first);
    expect((await bench.jobs.find(id))?.steps.map(({ name }) => name)).toEqual(['a']);
    await expect(bench.jobs.submit(job([{ name: 'a' }], { pipeline: 'none' }))).rejects.toMatchObject({
      code: 'PIPELINE_UNKNOWN',
    });
    await expect(bench.jobs.submit(job([{ name: 'a', after: ['a'] }]))).rejects.toMatchObject({
      code: 'JOB_STEPS_INVALID',
    });
  });

  it('adds steps that one finds out, and what waited for it waits for them', async () => {
    const [begun, seen] = [signalled(), signalled()];
    const pieces = [1, 2, 3, 4].map((n) => ({ name: `piece-${n}`, action: 'held', input: { n } }));
    const split = action('split', async () => andThen({}, pieces));
    const held = action('held', async (run) => {
      begun.give();
      await seen.done;
      return echo.run(run);
    });
    bench.worker({ actions: [split, echo, held] });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'first' },
        { name: 'split', action: 'split', after: ['first'] },
        { name: 'merge', after: ['split'] },
      ]),
    );
    await begun.done;
    // One of three was done; two of seven are no step back.
    expect((await bench.jobs.find(id))?.percent).toBe(33);
    seen.give();
    const found = await ended(id);
    expect(found.state).toBe('succeeded');
    const merged = found.steps.find(({ name }) => name === 'merge')?.output?.before;
    expect(Object.keys(merged as object)).toEqual(['split', 'piece-1', 'piece-2', 'piece-3', 'piece-4']);
  });

  it('fails a step whose later steps would wait for each other', async () => {
    const turn = action('turn', async () => andThen({}, [{ name: 'b', action: 'echo', input: {}, after: ['c'] }]));
    bench.worker({ actions: [turn, echo] });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'a', action: 'turn' },
        { name: 'c', after: ['a'] },
      ]),
    );
    const found = await ended(id);
    expect(found.failure?.code).toBe('JOB_STEPS_INVALID');
    expect(states(found)).toEqual({ a: 'failed', c: 'skipped' });
  });

  it('skips what comes after a failed step, runs what always runs, and tries again what failed', async () => {
    let isBroken = true;
    const sometimes = action('sometimes', async () => {
      if (isBroken) throw Object.assign(new Error('no'), { code: 'NO', remedy: 'Wait.', isFinal: false });
      return { output: { n: 2 } };
    });
    let runs = 0;
    const counted = action('counted', async () => ({ output: { run: ++runs } }));
    bench.worker({ actions: [echo, sometimes, counted], retryDelayMs: () => 0 });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'first', action: 'counted' },
        { name: 'second', action: 'sometimes', after: ['first'], maxAttempts: 2 },
        { name: 'third', after: ['second'] },
        { name: 'cleanup', after: ['third'], runsAlways: true },
        { name: 'beside' },
      ]),
    );
    const found = await ended(id);
    expect(found).toMatchObject({ state: 'failed', failure: { code: 'NO', message: 'no. Wait.' } });
    expect(states(found)).toEqual({
      ...{ first: 'succeeded', second: 'failed', third: 'skipped', cleanup: 'succeeded', beside: 'succeeded' },
    });
    expect(found.steps[1]).toMatchObject({
      attempts: 2,
      log: [/attempt 1 failed/, /attempt 2 failed/].map((text) => expect.stringMatching(text)),
    });

    isBroken = false;
    await bench.jobs.retry(id);
    const again = await ended(id);
    expect(again.state).toBe('succeeded');
    expect(again.failure).toBeUndefined();
    expect(runs).toBe(1);
    await expect(bench.jobs.retry(id)).rejects.toMatchObject({ code: 'JOB_NOT_RETRIABLE' });
  });

  it('does not try again what is final', async () => {
    bench.worker({ actions: [fail] });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'fail', input: { isFinal: true } }]));
    expect((await ended(id)).steps[0]).toMatchObject({ state: 'failed', attempts: 1 });
  });

  it('tries again the failed jobs of a pipeline, those of one code where it is named; forgets what is over', async () => {
    let isBroken = true;
    const sometimes = action('sometimes', async ({ input }) => {
      if (isBroken) throw new JobError(String(input.code), 'no', 'Wait.', { isFinal: true });
      return { output: {} };
    });
    bench.worker({ actions: [sometimes] });
    const made: string[] = [];
    for (const code of ['AWAY', 'WRONG', 'AWAY']) {
      const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'sometimes', input: { code } }]));
      await ended(id);
      made.push(id);
    }
    isBroken = false;
    const [first = '', wrong = '', second = ''] = made;
    expect(await bench.jobs.retryFailed('default', { code: 'AWAY', limit: 1 })).toEqual([first]);
    expect(await bench.jobs.retryFailed('default', { code: 'AWAY', limit: 10 })).toEqual([second]);
    expect((await ended(first)).state).toBe('succeeded');
    expect((await ended(second)).state).toBe('succeeded');
    const [day, week] = [86_400_000, 604_800_000];
    await bench.store.query("update headwater.jobs set finished_at = now() - interval '2 days'");
    await bench.jobs.remove(second);
    expect(await bench.jobs.find(second)).toBeUndefined();
    expect(await bench.jobs.prune({ keepMs: day, keepFailedMs: week })).toBe(1);
    expect(await bench.jobs.find(wrong)).toBeDefined();
    expect(await bench.jobs.prune({ keepMs: day, keepFailedMs: day })).toBe(1);
  });

  it('stops a running step of a cancelled job, and cleans up after it', async () => {
    const begun = signalled();
    const stopped = signalled();
    const hang = action('hang', async ({ signal }) => {
      begun.give();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stopped.give();
      throw signal.reason;
    });
    bench.worker({ actions: [hang, echo] });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'a', action: 'hang' },
        { name: 'b', after: ['a'] },
        { name: 'cleanup', after: ['b'], runsAlways: true },
      ]),
    );
    await begun.done;
    expect(await bench.jobs.cancel(id)).toBe(true);
    expect(await bench.jobs.cancel(id)).toBe(false);
    await stopped.done;
    const found = await ended(id);
    expect(found.state).toBe('cancelled');
    expect(states(found)).toEqual({ a: 'cancelled', b: 'cancelled', cleanup: 'succeeded' });
  });

  it('tells followers of every event in order, again where they fail', async () => {
    const heard: string[] = [];
    let isBroken = true;
    const end = bench.jobs.follow('test', ({ kind, step, job: { id } }) => {
      if (isBroken) {
        isBroken = false;
        throw new Error('not now');
      }
      heard.push(`${id} ${kind}${step === undefined ? '' : ` ${step}`}`);
    });
    bench.worker({ actions: [echo] });
    const { id } = await bench.jobs.submit(job([{ name: 'a' }]));
    await ended(id);
    await until(() => heard.length >= 4);
    expect(heard).toEqual(['submitted', 'started', 'step_succeeded a', 'succeeded'].map((kind) => `${id} ${kind}`));
    await end();
  });

  it('has one node follow at a time, which asks the database for that now and then, and the next at once when it leaves', async () => {
    const asked: string[] = [];
    const other = await bench.another();
    const leaseAt = (store: Store, name: string, onFree: () => void) => {
      const counted = new Proxy(store, {
        get: (target, key) => {
          if (key !== 'query') return Reflect.get(target, key).bind?.(target) ?? Reflect.get(target, key);
          return (...query: Parameters<Store['query']>) => {
            asked.push(name);
            return target.query(...query);
          };
        },
      });
      const begin = { sql: '$4::bigint', value: 7 };
      return new FollowerLease({ store: counted, table: 'job_followers', name: 'lease', begin, onFree });
    };
    let free = 0;
    const one = leaseAt(bench.store, 'one', () => {});
    const two = leaseAt(other, 'two', () => free++);
    for (let looks = 0; looks < 10; looks++) expect([await one.hold(), await two.hold()]).toEqual([7, undefined]);
    expect(asked).toEqual(['one', 'two']);
    expect([await one.move(9), await two.move(8)]).toEqual([true, false]);
    expect(await one.hold()).toBe(9);
    await one.leave();
    await until(() => free === 1);
    expect(await two.hold()).toBe(9);
    await two.leave();
  });
});
