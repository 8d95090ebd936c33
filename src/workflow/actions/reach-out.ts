import { z } from 'zod';
import { JobError, type StepAction, type StepRun } from '../../jobs/index.ts';
import { type CallOut, refused } from './call-out.ts';
import { parsed } from './parsed.ts';

const AT_ONCE = 4;

const urlsInput = z.strictObject({
  urls: z.array(z.string().max(4000)).min(1).max(1000),
  headers: z.record(z.string().max(200), z.string().max(4000)).default({}),
  /** Of the request: `PURGE` is what Varnish, nginx and most CDNs of one's own take. */
  method: z
    .string()
    .regex(/^[A-Z]{3,10}$/)
    .optional(),
  timeoutSeconds: z.number().min(1).max(3600).default(120),
});

/** `prefetch`: gets each address once, so that what stands before it has it. `purge`: asks that it be forgotten. */
export function reachOutActions({ call }: CallOut): readonly StepAction[] {
  const action = (name: string, usual: string, mayBeMissing: boolean): StepAction => ({
    name,
    run: async (run) => {
      const { urls, headers, method = usual, timeoutSeconds } = parsed(urlsInput, run);
      let done = 0;
      await forAll(urls, run, async (url) => {
        const reply = await call({
          ...{ url, method, headers, signal: run.signal, timeoutMs: timeoutSeconds * 1000, keepBytes: 500 },
        });
        // What a cache does not have need not be forgotten.
        const isGood = reply.status < 300 || (mayBeMissing && reply.status === 404);
        if (!isGood) throw refused(url, reply);
        run.progress((100 * ++done) / urls.length);
      });
      return { output: { count: urls.length } };
    },
  });
  return [action('prefetch', 'GET', false), action('purge', 'PURGE', true)];
}

/** Some at a time; the first failure is the step's, when those that were begun are over. */
async function forAll(urls: readonly string[], run: StepRun, work: (url: string) => Promise<void>): Promise<void> {
  const waiting = [...urls];
  const failures: unknown[] = [];
  const worker = async () => {
    for (let url = waiting.shift(); url !== undefined && failures.length === 0; url = waiting.shift()) {
      await work(url).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length === 0) return;
  const [first] = failures;
  if (first instanceof JobError) run.log(first.message);
  throw first;
}
