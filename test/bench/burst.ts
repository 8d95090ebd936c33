import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Headwater, startHeadwater, tempDir } from '../support/index.ts';
import { post } from '../support/uploads.ts';
import { makeFilm } from './film.ts';
import { line } from './measured.ts';

const run = promisify(execFile);
const JOBS = { ann: 150, bob: 50 } as const;

type Job = {
  readonly id: string;
  readonly state: string;
  readonly submitter: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly steps?: readonly { readonly attempts: number; readonly state: string }[];
};

/** Two hundred small jobs at once, the second submitter behind all those of the first; a worker is killed in between. */
export async function burst(): Promise<void> {
  const home = await tempDir('burst');
  const env = {
    HEADWATER_MEDIA_ROOTS: home.path,
    HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings'),
    HEADWATER_JOBS_CONCURRENCY: '2',
  };
  await makeFilm(join(home.path, 'film.mp4'), { seconds: 1, size: '160x90' });
  let server = await startHeadwater({ env, dataDir: join(home.path, 'data') });
  try {
    await ready(server);
    const startMs = performance.now();
    for (const [name, count] of Object.entries(JOBS)) {
      const key = await keyFor(server, name);
      for (let n = 0; n < count; n++) {
        const input = {
          source: { file: 'film.mp4' },
          formats: ['flv'],
          output: { storage: 'recordings', prefix: `${name}/${n}/` },
        };
        const body = { kind: 'burst', steps: [{ name: 'only', action: 'transcode', input }] };
        await server.api('/jobs', { ...post(body), headers: { 'content-type': 'application/json', ...key } });
      }
    }
    const submittedMs = performance.now() - startMs;
    let jobs = await listed(server);
    while (over(jobs) < 60) {
      await delay(500);
      jobs = await listed(server);
    }
    // With all that it does.
    await server.stop('SIGKILL');
    server = await startHeadwater({ env, dataDir: join(home.path, 'data') });
    await ready(server);
    while (over(jobs) < 200) {
      await delay(1000);
      jobs = await listed(server);
    }
    const seconds = (performance.now() - startMs) / 1000;
    const order = jobs.toSorted((one, other) => (one.finishedAt ?? '').localeCompare(other.finishedAt ?? ''));
    const full = await Promise.all(jobs.map(({ id }) => server.api<Job>(`/jobs/${id}`)));
    const tries = full.flatMap(({ steps = [] }) => steps.map(({ attempts }) => attempts));
    const { stdout } = await run('find', [join(home.path, 'recordings'), '-name', 'film.flv']);
    console.log('| a burst of 200 jobs of two submitters | |\n|---|--:|');
    console.log(line('submitted within, s', submittedMs / 1000));
    console.log(line('all over after, s', seconds));
    console.log(line('succeeded', String(jobs.filter(({ state }) => state === 'succeeded').length)));
    console.log(line('outputs', String(stdout.trim().split('\n').length)));
    console.log(line('steps tried more than once, after the kill', String(tries.filter((each) => each > 1).length)));
    console.log(
      line(
        "the last of bob's 50 was over as number",
        String(order.findLastIndex(({ submitter }) => submitter === 'bob') + 1),
      ),
    );
  } finally {
    await server.stop();
    await home.remove();
  }
}

async function ready(server: Headwater): Promise<void> {
  while ((await server.api<{ database: { state: string } }>('/health')).database.state !== 'ready') await delay(200);
}

async function keyFor(server: Headwater, name: string): Promise<{ authorization: string }> {
  const grants = [{ role: 'job-submitter', resources: ['pipeline/default', 'storage/recordings/*'] }];
  const user = await server.api<{ id: string }>('/users', post({ name, grants }));
  const { id, secret } = await server.api<{ id: string; secret: string }>('/access-keys', post({ userId: user.id }));
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

async function listed(server: Headwater): Promise<readonly Job[]> {
  const all: Job[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: { jobs: Job[]; nextCursor?: string } = await server.api(
      `/jobs?kind=burst&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    all.push(...page.jobs);
    cursor = page.nextCursor;
  }
  return all;
}

const over = (jobs: readonly Job[]) =>
  jobs.filter(({ state }) => ['succeeded', 'failed', 'cancelled'].includes(state)).length;
