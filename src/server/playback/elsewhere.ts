import type { IncomingMessage, ServerResponse } from 'node:http';
import { TooManyError } from '../../cluster/index.ts';
import { countAnswer, countSent } from './counted-answers.ts';
import type { Problem, Request, Response } from './exchange.ts';

/** Asks other nodes what this one has nothing of; undefined where they have nothing, either. */
export type AskElsewhere = () => Promise<IncomingMessage | undefined>;

/** What another node may have: pasts, pictures and clips are kept where a stream is or was published. */
const MAY_BE_ELSEWHERE: readonly string[] = [
  ...(['NOT_ARCHIVED', 'NOT_IN_WINDOW', 'NO_SNAPSHOT', 'NO_SPRITE'] as const),
  ...(['CLIP_NOT_FOUND', 'NOTHING_TO_CLIP', 'NOT_MARKABLE', 'NOTHING_RECORDED'] as const),
];
const OF_CONNECTION = /^(connection|keep-alive|transfer-encoding|upgrade)$/;

type Asker = { ask: AskElsewhere | undefined; onBytes: (sizeBytes: number) => void };

const askers = new WeakMap<Response, Asker>();

/** Before it is said that something is not there, `ask` is asked, once. */
export function mayBeElsewhere(response: Response, ask: AskElsewhere): void {
  askers.set(response, { ask, onBytes: () => {} });
}

/** Hears of the bytes that come from elsewhere, beside the usage of the answer. */
export function onBytesFromElsewhere(response: Response, onBytes: (sizeBytes: number) => void): void {
  const asker = askers.get(response);
  if (asker) asker.onBytes = onBytes;
}

/** Whether to ask elsewhere before this is said. */
export function isMaybeElsewhere(response: Response, { status, code }: Problem): boolean {
  return status === 404 && MAY_BE_ELSEWHERE.includes(code) && askers.get(response)?.ask !== undefined;
}

/** As many viewers ask other nodes as may. */
const BUSY = JSON.stringify({
  ...{ type: 'about:blank', title: 'too many requests wait for other nodes', status: 503, code: 'BUSY' },
  remedy: 'Try again in a moment.',
});
const BUSY_HEADERS = {
  ...{ 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(BUSY) },
  ...{ 'Cache-Control': 'no-store', 'Retry-After': '1', 'Access-Control-Allow-Origin': '*' },
};

/** Gives the viewer the answer of another node; false where there is none. */
export async function answerFromElsewhere(request: Request, response: Response): Promise<boolean> {
  const asker = askers.get(response);
  if (!asker?.ask) return false;
  const { ask, onBytes } = asker;
  asker.ask = undefined;
  const answered = await ask().catch((error: unknown) => (error instanceof TooManyError ? 'busy' : undefined));
  if (!answered) return false;
  const plain = response as ServerResponse;
  if (answered === 'busy') {
    countAnswer(response, 503, BUSY.length);
    plain.writeHead(503, BUSY_HEADERS).end(request.method === 'HEAD' ? undefined : BUSY);
    return true;
  }
  const status = answered.statusCode ?? 502;
  countAnswer(response, status, 0);
  for (const [name, value] of Object.entries(answered.headers)) {
    if (value !== undefined && !OF_CONNECTION.test(name)) plain.setHeader(name, value);
  }
  plain.writeHead(status);
  answered.on('error', () => plain.destroy());
  plain.once('close', () => answered.destroy());
  if (request.method === 'HEAD') answered.resume().once('end', () => plain.end());
  else {
    answered.on('data', (chunk: Uint8Array) => {
      countSent(response, chunk.length);
      onBytes(chunk.length);
    });
    answered.pipe(plain);
  }
  return true;
}
