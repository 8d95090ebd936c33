import { type Dispatcher, request } from 'undici';
import { within } from '../../deadline/index.ts';
import { JobError } from '../../jobs/index.ts';
import { ForbiddenAddressError, guardedAgent } from '../../notify/index.ts';

/** One request of a step. */
export type Call = {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** So much of the answer's body is kept. */
  readonly keepBytes: number;
  readonly signal: AbortSignal;
};

export type Reply = { readonly status: number; readonly contentType: string; readonly text: string };

export type CallOut = {
  /** Throws JobError where nothing was answered; any status is an answer. Follows no redirects. */
  readonly call: (call: Call) => Promise<Reply>;
  readonly close: () => Promise<void>;
};

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 1_073_741_824;

/** Requests to public addresses, and to those hosts of the operator's own network that the configuration names. */
export function callOut(allowedHosts: readonly string[]): CallOut {
  const agents = {
    public: guardedAgent({ setBy: 'user', connectTimeoutMs: CONNECT_TIMEOUT_MS }),
    named: guardedAgent({ setBy: 'administrator', connectTimeoutMs: CONNECT_TIMEOUT_MS }),
  };
  return {
    call: async (call) => {
      const url = checkedUrl(call.url);
      const isNamed = allowedHosts.includes(url.hostname.replace(/^\[(.*)\]$/, '$1'));
      try {
        return await within(call.timeoutMs, call.signal, (signal) =>
          answerTo({ ...call, signal }, isNamed ? agents.named : agents.public),
        );
      } catch (error) {
        if (call.signal.aborted) throw error;
        throw failure(url, error);
      }
    },
    close: async () => {
      await Promise.all([agents.public.destroy(), agents.named.destroy()]);
    },
  };
}

async function answerTo(
  { url, method, headers, body, keepBytes, signal }: Call,
  dispatcher: Dispatcher,
): Promise<Reply> {
  const answer = await request(url, {
    ...{ dispatcher, signal, body: body ?? null },
    method: method as Dispatcher.HttpMethod,
    headers: { 'user-agent': 'Headwater', ...headers },
  });
  const kept: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    if (sizeBytes < keepBytes) kept.push(chunk.subarray(0, keepBytes - sizeBytes));
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) break;
  }
  const contentType = String(answer.headers['content-type'] ?? '');
  return { status: answer.statusCode, contentType, text: Buffer.concat(kept).toString() };
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new JobError('CALL_REFUSED', 'the address is no http:// or https:// URL', 'Correct the address of the step.');
}

/** Addresses may carry secrets behind the host, which are not repeated. */
function failure(url: URL, cause: unknown): JobError {
  const forbidden = [cause, (cause as Error).cause].find((each) => each instanceof ForbiddenAddressError);
  if (forbidden) {
    const remedy = `Name a public host, or let the operator add ${url.hostname} to workflows.allowedHosts.`;
    return new JobError('CALL_REFUSED', `${url.host}: ${forbidden.message}`, remedy, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Look whether the host answers from this machine; it is tried again.';
  return new JobError('CALL_FAILED', `${url.host} did not answer: ${reason}`, remedy, { isFinal: false, cause });
}

/** What a refused request means: 429 and 5xx may pass, others do not. */
export function refused(url: string, { status, text }: Reply): JobError {
  const host = new URL(url).host;
  const excerpt = text.trim() === '' ? '' : `: ${text.trim().slice(0, 200)}`;
  const isFinal = status < 500 && status !== 429 && status !== 408;
  const remedy = isFinal ? 'Correct the request or what answers it, then retry the run.' : 'It is tried again.';
  return new JobError('CALL_ANSWERED_BADLY', `${host} answered ${status}${excerpt}`, remedy, { isFinal });
}
