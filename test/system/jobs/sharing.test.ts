import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StepAction, WorkedStep } from '../../../src/jobs/index.ts';
import { until } from '../store/helpers.ts';
import { action, echo, type JobsBench, job, openBench, signalled } from './helpers.ts';

let bench: JobsBench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterEach(() => bench.clear());
afterAll(() => bench.close());

/** Says who began and how many ran at once, over all workers that have it. */
function watched(run: StepAction['run'] = async () => ({ output: {} })) {
  const begun: string[] = [];
  let now = 0;
  let most = 0;
  const watching = action('watched', async (each) => {
    begun.push(each.job.submitter);
    most = Math.max(most, ++now);
    try {
      // So that others can begin meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return await run(each);
    } finally {
      now--;
    }
  });
  return { begun, watching, most: () => most };
}

const submitMany = async (count: number, submitter: string, fields: Parameters<typeof job>[1] = {}) => {
  for (let n = 0; n < count; n++) {
    await bench.jobs.submit(job([{ name: 'only', action: 'watched' }], { submitter, ...fields }));
  }
};
const allOver = async () => {
  const open = "select 1 from headwater.jobs where state in ('submitted', 'running') limit 1";
  await until(async () => (await bench.store.query(open)).length === 0);
};
const states = async () => {
  const text = 'select state, count(*) as count from headwater.jobs group by state';
  return bench.store.query(text);
};

describe('workers that share jobs', () => {
  it('work 200 jobs of two submitters in turns, within the quota over two nodes, none lost and none twice', async () => {
    await bench.jobs.pipelines.add({ id: 'narrow', name: 'narrow', quota: 3, state: 'Paused' });
    await submitMany(150, 'ann', { pipeline: 'narrow' });
    await submitMany(50, 'bob', { pipeline: 'narrow' });
    const { begun, watching, most } = watched();
    const worked: WorkedStep[] = [];
    for (const store of [bench.store, await bench.another()]) {
      bench.worker({ store, actions: [watching], concurrency: 4, onWorked: (step) => worked.push(step) });
    }
    await bench.jobs.pipelines.update('narrow', { state: 'Active' });
    await allOver();
    expect(await states()).toEqual([{ state: 'succeeded', count: 200 }]);
    expect(begun).toHaveLength(200);
    expect(worked.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(200);
    expect(most()).toBe(3);
    // Bob came after 150 jobs of ann, and has every other turn all the same.
    expect(begun.lastIndexOf('bob')).toBeLessThan(110);
    expect(begun.slice(0, 90).filter((name) => name === 'ann').length).toBeLessThan(55);
  }, 120_000);

  it('keep a quota of one between workers that can do different things', async () => {
    await bench.jobs.pipelines.add({ id: 'single', name: 'single', quota: 1, state: 'Paused' });
    const { watching, most } = watched();
    for (const name of ['watched', 'seen', 'looked']) {
      for (let n = 0; n < 15; n++) {
        await bench.jobs.submit(job([{ name: 'only', action: name }], { pipeline: 'single', submitter: name }));
      }
      bench.worker({ store: await bench.another(), actions: [{ ...watching, name }], queue: { sweepEveryMs: 10 } });
    }
    await bench.jobs.pipelines.update('single', { state: 'Active' });
    await allOver();
    expect(most()).toBe(1);
  }, 60_000);

  it('lets an unserved submitter of low priority through a stream of urgent work, and only half of it be backfill', async () => {
    await bench.jobs.pipelines.add({ id: 'two', name: 'two', quota: 2, state: 'Paused' });
    await submitMany(6, 'ann', { pipeline: 'two', priority: 10 });
    await submitMany(1, 'old', { pipeline: 'two', priority: 1 });
    await submitMany(12, 'bulk', { pipeline: 'two', priority: 10, isBackfill: true });
    await bench.store.query(
      "update headwater.job_steps set ready_at = now() - interval '10 minutes' where submitter = 'old'",
    );
    let bulk = 0;
    let mostBulk = 0;
    const { begun, watching } = watched(async ({ job: { isBackfill } }) => {
      if (isBackfill) mostBulk = Math.max(mostBulk, ++bulk);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (isBackfill) bulk--;
      return { output: {} };
    });
    bench.worker({ actions: [watching], concurrency: 8 });
    await bench.jobs.pipelines.update('two', { state: 'Active' });
    await allOver();
    expect(begun.indexOf('old')).toBeLessThan(3);
    expect(mostBulk).toBe(1);
  }, 60_000);

  it('begin nothing of a paused pipeline, finish what runs, and go on at once when it is active again', async () => {
    const begun = signalled();
    const mayEnd = signalled();
    const slow = action('slow', async () => {
      begun.give();
      await mayEnd.done;
      return { output: {} };
    });
    bench.worker({ actions: [slow, echo], queue: { sweepEveryMs: 100 } });
    const first = await bench.jobs.submit(
      job([
        { name: 'a', action: 'slow' },
        { name: 'b', after: ['a'] },
      ]),
    );
    await begun.done;
    await bench.jobs.pipelines.update('default', { state: 'Paused' });
    mayEnd.give();
    await until(async () => (await bench.jobs.find(first.id))?.steps[0]?.state === 'succeeded');
    const second = await bench.jobs.submit(job([{ name: 'c' }]));
    // What another pipeline does meanwhile shows that the worker looked.
    await bench.jobs.pipelines.add({ id: 'other', name: 'other', quota: 1 });
    const third = await bench.jobs.submit(job([{ name: 'd' }], { pipeline: 'other' }));
    await until(async () => (await bench.jobs.find(third.id))?.state === 'succeeded');
    expect((await bench.jobs.find(first.id))?.steps[1]?.state).toBe('pending');
    expect((await bench.jobs.find(second.id))?.state).toBe('submitted');
    await bench.jobs.pipelines.update('default', { state: 'Active' });
    await allOver();
    await expect(bench.jobs.pipelines.remove('default')).rejects.toMatchObject({ code: 'PIPELINE_IN_USE' });
    expect(await bench.jobs.pipelines.remove('other')).toBe(true);
  }, 60_000);

  it('stop a step that was cancelled on another node within two seconds', async () => {
    const begun = signalled();
    let stoppedMs = 0;
    const hang = action('hang', async ({ signal }) => {
      begun.give();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stoppedMs = performance.now();
      throw signal.reason;
    });
    bench.worker({ store: await bench.another(), actions: [hang] });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'hang' }]));
    await begun.done;

    await bench.jobs.cancel(id);
    await until(() => stoppedMs > 0);

    expect((await bench.jobs.find(id))?.steps[0]).toMatchObject({ state: 'cancelled', attempts: 1 });
  });

  it('break off a step whose lease was lost, which is then done by whoever has it', async () => {
    const attempts: number[] = [];
    let broken: unknown;
    const once = action('once', async ({ attempt, signal }) => {
      attempts.push(attempt);
      if (attempt > 1) return { output: { attempt } };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      broken = signal.reason;
      return { output: { attempt } };
    });
    bench.worker({ actions: [once], queue: { leaseMs: 2_000, renewEveryMs: 100, sweepEveryMs: 100 } });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'once' }]));
    await until(() => attempts.length === 1);
    await bench.store.query("update headwater.job_steps set lease_owner = 'another', lease_until = now()");
    await allOver();
    expect(attempts).toEqual([1, 2]);
    expect(broken).toBe('lost');
    expect((await bench.jobs.find(id))?.steps[0]).toMatchObject({ attempts: 2, output: { attempt: 2 } });
  });

  it('give steps back untried when they stop', async () => {
    const begun = signalled();
    const hang = action('work', async ({ signal }) => {
      begun.give();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    });
    const first = bench.worker({ actions: [hang] });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'work', maxAttempts: 1 }]));
    await begun.done;
    await first.stop();
    expect((await bench.jobs.find(id))?.steps[0]).toMatchObject({ state: 'pending', attempts: 0 });
    bench.worker({ actions: [action('work', async ({ attempt }) => ({ output: { attempt } }))] });
    await allOver();
    expect((await bench.jobs.find(id))?.steps[0]).toMatchObject({ attempts: 1, output: { attempt: 1 } });
  });

  it('end although an action does not, which others have when its lease is over', async () => {
    const begun = signalled();
    const mayEnd = signalled();
    const deaf = action('deaf', async ({ attempt }) => {
      begun.give();
      if (attempt === 1) await mayEnd.done;
      return { output: { attempt } };
    });
    const first = bench.worker({ actions: [deaf], endMs: 50, queue: { leaseMs: 500, renewEveryMs: 100 } });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'deaf' }]));
    await begun.done;
    await first.stop();
    await bench.store.query("update headwater.job_steps set lease_until = now(), lease_owner = 'gone'");
    bench.worker({ actions: [deaf] });
    await allOver();
    expect((await bench.jobs.find(id))?.steps[0]?.output).toEqual({ attempt: 2 });
    mayEnd.give();
  });

  it('give up a step that its workers died of again and again', async () => {
    const { id } = await bench.jobs.submit(job([{ name: 'a' }]));
    await bench.store.query('update headwater.job_steps set attempts = 5');
    bench.worker({ actions: [echo] });
    await allOver();
    expect((await bench.jobs.find(id))?.failure).toMatchObject({ code: 'WORKER_LOST' });
  });

  it('write what a step did while the database was away', async () => {
    const begun = signalled();
    const mayEnd = signalled();
    const slow = action('slow', async () => {
      begun.give();
      await mayEnd.done;
      return { output: { done: true } };
    });
    bench.worker({ actions: [slow, echo] });
    const { id } = await bench.jobs.submit(
      job([
        { name: 'a', action: 'slow' },
        { name: 'b', after: ['a'] },
      ]),
    );
    await begun.done;
    bench.system.stop();
    await until(() => bench.store.state.kind !== 'ready');
    mayEnd.give();
    bench.system.start();
    await bench.store.whenReady();
    await allOver();
    expect((await bench.jobs.find(id))?.steps[0]).toMatchObject({ attempts: 1, output: { done: true } });
  }, 60_000);

  it('keep what a step says of itself, in its order and only the last of it', async () => {
    const mayEnd = signalled();
    const talk = action('talk', async ({ log, progress }) => {
      for (let n = 0; n < 300; n++) log(`line ${n}`);
      progress(40);
      await mayEnd.done;
      return { output: {} };
    });
    bench.worker({ actions: [talk] });
    const { id } = await bench.jobs.submit(job([{ name: 'a', action: 'talk' }]));
    await until(async () => (await bench.jobs.find(id))?.percent === 40);
    const step = (await bench.jobs.find(id))!.steps[0]!;
    expect(step).toMatchObject({ state: 'running', percent: 40, worker: 'worker-0' });
    expect(step.log).toHaveLength(200);
    expect(step.log?.at(-1)).toMatch(/line 299$/);
    mayEnd.give();
    await allOver();
    expect((await bench.jobs.find(id))?.steps[0]?.log).toHaveLength(200);
  });
});
