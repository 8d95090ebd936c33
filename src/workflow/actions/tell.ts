import type { StepResult, StepRun } from '../../jobs/index.ts';
import { webhookHeaders } from '../../notify/index.ts';
import { type CallOut, refused } from './call-out.ts';

const TIMEOUT_MS = 15_000;

/** Who is told, and by which secret it is signed. */
export type Told = { readonly url: string; readonly secret: string | undefined };

/** Posts JSON as a Standard Webhook; another try of the step has the id again. */
export async function tell(
  { call }: CallOut,
  run: StepRun,
  { url, secret }: Told,
  message: unknown,
  nowMs: number,
): Promise<StepResult> {
  const body = JSON.stringify(message);
  const headers = webhookHeaders(`${run.job.id}/${run.step}`, body, secret, nowMs);
  const reply = await call({
    ...{ url, method: 'POST', headers, body, signal: run.signal, timeoutMs: TIMEOUT_MS, keepBytes: 500 },
  });
  if (reply.status < 200 || reply.status > 299) throw refused(url, reply);
  return { output: { status: reply.status } };
}
