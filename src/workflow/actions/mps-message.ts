import { z } from 'zod';
import type { JsonObject, StepAction, StepRun } from '../../jobs/index.ts';
import type { CallOut } from './call-out.ts';
import { parsed } from './parsed.ts';
import { tell } from './tell.ts';

const messageInput = z.strictObject({
  url: z.string().max(4000),
  type: z.enum(['Transcode', 'Snapshot', 'MediaInfo']),
  /** The step that the message is about. */
  step: z.string().min(1),
});

/** `mps-notify`: tells whom a pipeline names how a job of Media Processing ended, in MPS's form, as a Standard Webhook. */
export function mpsMessageAction(out: CallOut, secret: string | undefined, wallMs: () => number): StepAction {
  return {
    name: 'mps-notify',
    run: (run) => {
      const { url, type, step } = parsed(messageInput, run);
      const message = inBothCases(messageOf(run, type, run.before.get(step)));
      return tell(out, run, { url, secret }, message, wallMs());
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
