import { type Dispatcher, request } from 'undici';
import type { CallbackRequest, Endpoint } from './event.ts';
import { guardedAgent } from './ssrf-guard.ts';

/** Sends a callback and gives the status of the answer; throws when there is none. Follows no redirects. */
export type SendCallback = (
  callback: CallbackRequest,
  setBy: Endpoint['setBy'],
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly excerpt?: string }>;

/** The same with the beginning of what was answered, as text. */
export type AskCallback = (...how: Parameters<SendCallback>) => Promise<{
  readonly status: number;
  readonly excerpt: string;
}>;

export type CallbackSender = {
  readonly send: SendCallback;
  readonly ask: AskCallback;
  readonly close: () => Promise<void>;
};

const MAX_ANSWER_BYTES = 65_536;
const MAX_EXCERPT_BYTES = 2048;

/** The sender in use: one guarded connection pool for each kind of endpoint. */
export function callbackSender(): CallbackSender {
  // The caller's signal ends a send; these are only there so that undici's longer defaults do not matter.
  const agents = {
    administrator: guardedAgent({ setBy: 'administrator', connectTimeoutMs: 5000 }),
    user: guardedAgent({ setBy: 'user', connectTimeoutMs: 5000 }),
  };
  return {
    async send(callback, setBy, signal) {
      const { statusCode, body } = await requestOver(agents[setBy], callback, signal);
      if (callback.readsAnswer) return { status: statusCode, excerpt: await beginningOf(body) };
      // The status decides; the body is read so far that the connection can be used again.
      await body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined);
      return { status: statusCode };
    },
    async ask(callback, setBy, signal) {
      const { statusCode, body } = await requestOver(agents[setBy], callback, signal);
      return { status: statusCode, excerpt: await beginningOf(body) };
    },
    close: async () => {
      await Promise.all([agents.administrator.destroy(), agents.user.destroy()]);
    },
  };
}

function requestOver(dispatcher: Dispatcher, callback: CallbackRequest, signal: AbortSignal) {
  return request(callback.url, {
    dispatcher,
    method: callback.method,
    headers: { 'user-agent': 'Headwater', ...callback.headers },
    body: callback.body ?? null,
    signal,
  });
}

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= MAX_EXCERPT_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_EXCERPT_BYTES).toString();
}
