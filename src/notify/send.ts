import { type Dispatcher, request } from 'undici';
import type { CallbackRequest, Endpoint } from './event.ts';
import { guardedAgent } from './ssrf-guard.ts';

/** Sends a callback and gives the status of the answer; throws when there is none. Follows no redirects. */
export type SendCallback = (
  callback: CallbackRequest,
  setBy: Endpoint['setBy'],
  signal: AbortSignal,
) => Promise<{ readonly status: number }>;

const MAX_ANSWER_BYTES = 65_536;

/** The sender in use: one guarded connection pool for each kind of endpoint. */
export function callbackSender(): { readonly send: SendCallback; readonly close: () => Promise<void> } {
  // The caller's signal ends a send; these are only there so that undici's longer defaults do not matter.
  const agents = {
    administrator: guardedAgent({ setBy: 'administrator', connectTimeoutMs: 5000 }),
    user: guardedAgent({ setBy: 'user', connectTimeoutMs: 5000 }),
  };
  return {
    send: (callback, setBy, signal) => sendOver(agents[setBy], callback, signal),
    close: async () => {
      await Promise.all([agents.administrator.destroy(), agents.user.destroy()]);
    },
  };
}

async function sendOver(dispatcher: Dispatcher, callback: CallbackRequest, signal: AbortSignal) {
  const { statusCode, body } = await request(callback.url, {
    dispatcher,
    method: callback.method,
    headers: { 'user-agent': 'Headwater', ...callback.headers },
    body: callback.body ?? null,
    signal,
  });
  // The status decides; the body is read so far that the connection can be used again.
  await body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined);
  return { status: statusCode };
}
