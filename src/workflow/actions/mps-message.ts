import { z } from 'zod';
import type { JsonObject, StepAction, StepRun } from '../../jobs/index.ts';
import { webhookSignature } from '../../notify/index.ts';
import { type CallOut, refused } from './call-out.ts';
import { parsed } from './parsed.ts';

const messageInput = z.strictObject({
  url: z.string().max(4000),
  type: z.enum(['Transcode', 'Snapshot', 'MediaInfo']),
  /** The step that the message is about. */
  step: z.string().min(1),
});

const TIMEOUT_MS = 15_000;

/** `mps-notify`: tells whom a pipeline names how a job of Media Processing ended, in MPS's form, as a Standard Webhook. */
export function mpsMessageAction({ call }: CallOut, secret: string | undefined, wallMs: () => number): StepAction {
  return {
    name: 'mps-notify',
    run: async (run) => {
      const { url, type, step } = parsed(messageInput, run);
      const body = JSON.stringify(inBothCases(messageOf(run, type, run.before.get(step))));
      const webhook = { id: `${run.job.id}/${run.step}`, timestamp: String(Math.floor(wallMs() / 1000)) };
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

function messageOf({ job }: StepRun, type: string, output: JsonObject | undefined): Readonly<Record<string, unknown>> {
  const { id, userData, failure } = job;
  return {
    ...{ jobId: id.replaceAll('-', ''), requestId: id.toUpperCase(), type },
    state: output === undefined ? 'Fail' : 'Success',
    ...(userData !== undefined && { userData }),
    ...(output === undefined && failure && { code: failure.code, msg: failure.message }),
    ...(type === 'Snapshot' && output && picturesOf(output)),
  };
}

function picturesOf({ pictures }: JsonObject): Readonly<Record<string, unknown>> {
  if (!Array.isArray(pictures)) return {};
  const list = pictures as readonly { readonly object: string; readonly atSeconds: number }[];
  return { count: list.length, timeArray: list.map(({ atSeconds }) => Math.round(atSeconds * 1000)) };
}

/** Each key with a small first letter and with a large one, as MPS sends them. */
function inBothCases(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const large = Object.entries(message).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value]);
  return { ...message, ...Object.fromEntries(large) };
}
