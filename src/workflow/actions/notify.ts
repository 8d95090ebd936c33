import { z } from 'zod';
import type { StepAction } from '../../jobs/index.ts';
import { webhookSignature } from '../../notify/index.ts';
import { type CallOut, refused } from './call-out.ts';
import { parsed } from './parsed.ts';

const notifyInput = z.strictObject({
  url: z.string().max(4000),
  /** What it is about, for whoever gets several kinds. */
  event: z.string().min(1).max(100).default('workflow.step'),
  data: z.json().default({}),
});

const TIMEOUT_MS = 15_000;

/** `notify`: tells an address what has happened, as a Standard Webhook; signed where there is a secret. */
export function notifyAction({ call }: CallOut, secret: string | undefined, wallMs: () => number): StepAction {
  return {
    name: 'notify',
    run: async (run) => {
      const { url, event, data } = parsed(notifyInput, run);
      const { id, data: names } = run.job;
      const atMs = wallMs();
      const body = JSON.stringify({
        type: event,
        timestamp: new Date(atMs).toISOString(),
        run: { id, ...names },
        data,
      });
      const webhook = { id: `${id}/${run.step}`, timestamp: String(Math.floor(atMs / 1000)) };
      const reply = await call({
        ...{ url, body, method: 'POST', signal: run.signal, timeoutMs: TIMEOUT_MS, keepBytes: 500 },
        headers: {
          'content-type': 'application/json',
          'webhook-id': webhook.id,
          'webhook-timestamp': webhook.timestamp,
          ...(secret === undefined ? {} : { 'webhook-signature': webhookSignature({ ...webhook, body }, secret) }),
        },
      });
      if (reply.status < 200 || reply.status > 299) throw refused(url, reply);
      return { output: { status: reply.status } };
    },
  };
}
