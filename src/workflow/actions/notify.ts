import { z } from 'zod';
import type { StepAction } from '../../jobs/index.ts';
import type { CallOut } from './call-out.ts';
import { parsed } from './parsed.ts';
import { tell } from './tell.ts';

const notifyInput = z.strictObject({
  url: z.string().max(4000),
  /** What it is about, for whoever gets several kinds. */
  event: z.string().min(1).max(100).default('workflow.step'),
  data: z.json().default({}),
});

/** `notify`: tells an address what has happened, as a Standard Webhook; signed where there is a secret. */
export function notifyAction(out: CallOut, secret: string | undefined, wallMs: () => number): StepAction {
  return {
    name: 'notify',
    run: (run) => {
      const { url, event, data } = parsed(notifyInput, run);
      const { id, data: names } = run.job;
      const atMs = wallMs();
      const message = { type: event, timestamp: new Date(atMs).toISOString(), run: { id, ...names }, data };
      return tell(out, run, { url, secret }, message, atMs);
    },
  };
}
