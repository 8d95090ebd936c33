import { request } from 'undici';
import { guardedAgent } from './ssrf-guard.ts';

/** Something that is posted for the sake of its answer. */
export type Question = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

export type Answer = { readonly status: number; readonly body: string };

const CONNECT_MS = 5000;
const MAX_ANSWER_BYTES = 65_536;

/** Asks endpoints of an administrator over one guarded connection pool; throws where there is no answer. */
export function questionSender(): {
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly close: () => Promise<void>;
} {
  const dispatcher = guardedAgent({ setBy: 'administrator', connectTimeoutMs: CONNECT_MS });
  return {
    async ask({ url, headers, body: question }, signal) {
      const { statusCode: status, body } = await request(url, {
        dispatcher,
        method: 'POST',
        headers: { 'user-agent': 'Headwater', ...headers },
        body: question,
        signal,
      });
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
        chunks.push(chunk);
      }
      return { status, body: Buffer.concat(chunks).toString('utf8') };
    },
    close: () => dispatcher.destroy(),
  };
}
