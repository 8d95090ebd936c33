import { request } from 'undici';
import { z } from 'zod';
import type { StreamId } from '../live/index.ts';
import { guardedAgent } from '../notify/index.ts';
import type { RecordFormatRule } from '../rules/index.ts';

/** What a backend is told of a publish when it is asked whether that is to be recorded. */
export type OnDemandQuestion = {
  readonly url: string;
  readonly id: StreamId;
  /** As in `h264`; empty when it is not known, as is 0. */
  readonly codec: string;
  readonly videoKbps: number;
};

export type OnDemandAnswer = {
  readonly isWanted: boolean;
  /** Left out: those of the rule. */
  readonly formats?: readonly string[];
  /** By format, in place of the rule's cycle. */
  readonly cycleSeconds: ReadonlyMap<string, number>;
};

const TIMEOUT_MS = 5000;
/** What comes after is not read. */
const MAX_ANSWER_BYTES = 2048;
const INTERVAL_SECONDS = { least: 5, most: 21_600 };

const schema = z.object({
  NeedRecord: z.boolean(),
  Interval: z.record(z.string(), z.unknown()).nullish(),
  Format: z.array(z.string()).nullish(),
});

/** ApsaraVideo's question: its arguments follow those that the URL has. */
export function questionUrl({ url, id, codec, videoKbps }: OnDemandQuestion): string {
  const args = { app: id.app, domain: id.domain, stream: id.name, vbitrate: Math.round(videoKbps), codec };
  const text = Object.entries(args).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const asked = new URL(url);
  asked.search = [asked.search.slice(1), ...text].filter((part) => part !== '').join('&');
  return asked.href;
}

/** Throws, in words for operators, what is no answer. An interval that is out of bounds does not count. */
export function readAnswer(status: number, body: string): OnDemandAnswer {
  if (status !== 200) throw new Error(`it answered ${status}`);
  const { NeedRecord, Interval, Format } = parsed(body);
  const intervals = Object.entries(Interval ?? {}).flatMap(([format, seconds]) =>
    isInterval(seconds) ? [[format.toLowerCase(), seconds] as const] : [],
  );
  const formats = Format ? { formats: Format.map((each) => each.toLowerCase()) } : {};
  return { isWanted: NeedRecord, ...formats, cycleSeconds: new Map(intervals) };
}

/** The rule's formats as far as the answer wants them; none where nothing is to be recorded. */
export function formatsWanted(rules: readonly RecordFormatRule[], answer: OnDemandAnswer): RecordFormatRule[] {
  if (!answer.isWanted) return [];
  return rules
    .filter(({ format }) => answer.formats?.includes(format) ?? true)
    .map((rule) => ({ ...rule, cycleSeconds: answer.cycleSeconds.get(rule.format) ?? rule.cycleSeconds }));
}

/** Asks backends over one guarded connection pool; throws where there is no answer, which means no. */
export function onDemandAsker({ timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): {
  readonly ask: (question: OnDemandQuestion) => Promise<OnDemandAnswer>;
  readonly close: () => Promise<void>;
} {
  const dispatcher = guardedAgent({ setBy: 'administrator', connectTimeoutMs: TIMEOUT_MS });
  return {
    async ask(question) {
      const { statusCode, body } = await request(questionUrl(question), {
        dispatcher,
        headers: { 'user-agent': 'Headwater' },
        signal: AbortSignal.timeout(timeoutMs),
      });
      return readAnswer(statusCode, await beginningOf(body));
    },
    close: () => dispatcher.destroy(),
  };
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
}

function isInterval(seconds: unknown): seconds is number {
  return (
    Number.isInteger(seconds) && Number(seconds) >= INTERVAL_SECONDS.least && Number(seconds) <= INTERVAL_SECONDS.most
  );
}

function parsed(body: string): z.output<typeof schema> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error(`it answered something that is not JSON, or more than ${MAX_ANSWER_BYTES} bytes of it`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`its answer cannot be used: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}`);
}
