import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../deadline/index.ts';
import { type Endpoint, type SendCallback, type StreamEvent, standardWebhook } from '../notify/index.ts';

export type ForwarderOptions = {
  readonly url: string;
  /** Signs the events, as a callback rule's key would. */
  readonly key: string;
  readonly send: SendCallback;
  readonly nowMs: () => number;
  /** One line for each event and each failed try. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** Waiting times between the tries; there is one try more than these. */
  readonly backoffMs?: readonly number[];
};

const TRY_TIMEOUT_MS = 5000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/** Sends events one after the other to one URL; one that fails for half a minute is given up, and the next goes on. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #endpoint: Endpoint;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#endpoint = { id: 'listen', url: options.url, form: 'json', key: options.key, setBy: 'administrator' };
  }

  /** Resolves when the event was taken or given up. */
  async forward(event: StreamEvent): Promise<void> {
    const { backoffMs = BACKOFF_MS, print, signal } = this.#options;
    const name = `${new Date(event.atMs).toISOString()} ${event.kind.padEnd(18)} ${event.app}/${event.stream}`;
    for (const waitMs of [...backoffMs, undefined]) {
      const outcome = await this.#try(event);
      if (signal.aborted) return;
      if (outcome.ok) return print(`${name} -> ${outcome.text}`);
      if (waitMs === undefined) return print(`${name} -> ${outcome.text}, given up`);
      print(`${name} -> ${outcome.text}, again in ${waitMs / 1000} s`);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #try(event: StreamEvent): Promise<{ readonly ok: boolean; readonly text: string }> {
    const { send, nowMs, signal } = this.#options;
    const request = standardWebhook(event, this.#endpoint, nowMs());
    try {
      const { setBy } = this.#endpoint;
      const { status } = await within(TRY_TIMEOUT_MS, signal, (limit) => send(request, setBy, limit));
      return { ok: status >= 200 && status < 300, text: String(status) };
    } catch (error) {
      return { ok: false, text: troubleText(error) };
    }
  }
}

function troubleText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${TRY_TIMEOUT_MS / 1000} s`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === 'ECONNREFUSED' ? 'nobody listens there' : (code ?? error.message);
}
