import { z } from 'zod';
import type { Json, StepAction } from '../../jobs/index.ts';
import { type CallOut, type Reply, refused } from './call-out.ts';
import { parsed } from './parsed.ts';

const KEPT_BYTES = 262_144;

const httpInput = z.strictObject({
  url: z.string().max(4000),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']).default('POST'),
  headers: z.record(z.string().max(200), z.string().max(4000)).default({}),
  /** Text as it is, anything else as JSON. */
  body: z.json().optional(),
  /** `reply`: the answer counts, and is the output. `none`: it is enough that it was sent. */
  wait: z.enum(['reply', 'none']).default('reply'),
  timeoutSeconds: z.number().min(1).max(3600).default(60),
});

/** `http`: calls an address; with `wait: reply` what it answers is the step's output. */
export function httpAction({ call }: CallOut): StepAction {
  return {
    name: 'http',
    run: async (run) => {
      const { url, method, headers, body, wait, timeoutSeconds } = parsed(httpInput, run);
      const isText = typeof body === 'string';
      const reply = await call({
        ...{ url, method, signal: run.signal, timeoutMs: timeoutSeconds * 1000, keepBytes: KEPT_BYTES },
        headers: {
          // Two tries of one step are one for whoever looks at this.
          'idempotency-key': `${run.job.id}/${run.step}`,
          ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      run.log(`${method} answered ${reply.status}`);
      if (wait === 'none') return { output: { status: reply.status } };
      if (reply.status < 200 || reply.status > 299) throw refused(url, reply);
      return { output: { status: reply.status, reply: replyValue(reply) } };
    },
  };
}

function replyValue({ contentType, text }: Reply): Json {
  if (!/\bjson\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
