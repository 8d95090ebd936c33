import type { ServerResponse } from 'node:http';
import { byteRangeOf } from '../http/index.ts';
import { countAnswer } from './counted-answers.ts';
import { answerFromElsewhere, isMaybeElsewhere } from './elsewhere.ts';
import type { Problem, Request, Response } from './exchange.ts';

const RETRY_AFTER_SECONDS = '5';

/** On every answer of the playback door: any page may play, and read what it needs to. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, Date, Age',
};

export type AnswerBody = {
  readonly status?: number;
  readonly type: string;
  readonly cacheControl: string;
  /** Undefined where a length is not known beforehand: the answer to HEAD for a stream. */
  readonly body: Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer whose bytes are there. */
export type Bytes = AnswerBody & { readonly body: Uint8Array };

/** Sends a whole answer; for HEAD all but the body. */
export function answer(request: Request, response: Response, answered: AnswerBody): void {
  const { status, body } = answered;
  const plain = response as ServerResponse;
  const sent = request.method === 'HEAD' ? undefined : body;
  countAnswer(response, status ?? 200, sent?.length ?? 0);
  plain.writeHead(status ?? 200, headersOf(answered));
  if (sent) plain.end(sent);
  else plain.end();
}

/** The header fields of an answer, but for those of the connection and the date. */
export function headersOf({ type, cacheControl, body, headers }: AnswerBody): Record<string, string | number> {
  return {
    ...CORS_HEADERS,
    'Content-Type': type,
    ...(body ? { 'Content-Length': body.length } : {}),
    'Cache-Control': cacheControl,
    ...headers,
  };
}

/** Sends bytes that never change under their URL, or the one range of them that was asked for; gives how many. */
export function answerBytes(request: Request, response: Response, answered: Bytes): number {
  const { body } = answered;
  const isConditional = request.headers['if-range'] !== undefined;
  const range = request.method === 'GET' && !isConditional ? byteRangeOf(request.headers.range, body.length) : 'whole';
  if (range === 'unsatisfiable') {
    const problem = { status: 416, code: 'RANGE_NOT_SATISFIABLE', reason: 'the range lies behind the end' };
    answerProblem(request, response, problem, { 'Content-Range': `bytes */${body.length}` });
    return 0;
  }
  if (range === 'whole') {
    answer(request, response, answered);
    return request.method === 'HEAD' ? 0 : body.length;
  }
  answer(request, response, {
    ...answered,
    status: 206,
    body: body.subarray(range.start, range.end),
    headers: { ...answered.headers, 'Content-Range': `bytes ${range.start}-${range.end - 1}/${body.length}` },
  });
  return range.end - range.start;
}

export function answerProblem(
  request: Request,
  response: Response,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (isMaybeElsewhere(response, problem)) {
    void answerFromElsewhere(request, response).then((isAnswered) => {
      if (!isAnswered) answerProblem(request, response, problem, headers);
    });
    return;
  }
  answer(request, response, {
    status: problem.status,
    type: 'application/problem+json',
    cacheControl: 'no-store',
    body: problemBody(problem),
    headers: { ...againLater(problem), ...headers },
  });
}

/** Programs that are refused for now hear when to ask again, and so don't at once. */
export function againLater({ status }: Pick<Problem, 'status'>): Record<string, string> {
  return status === 503 || status === 429 ? { 'Retry-After': RETRY_AFTER_SECONDS } : {};
}

export function problemBody({ status, code, reason, remedy }: Problem): Uint8Array {
  const body = { type: 'about:blank', title: reason, status, code, ...(remedy ? { remedy } : {}) };
  return new TextEncoder().encode(JSON.stringify(body));
}

/** One for all: making a new reason, with its stack, costs more than most answers. */
const VIEWER_GONE = new Error('the viewer is gone');

/** Aborts when the answer's connection closes. */
export function abortOf(response: Response): AbortSignal {
  const abort = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) abort.abort(VIEWER_GONE);
  });
  return abort.signal;
}

/** Who asks again is to ask another server, or this one when it is back. */
export function giveBack(request: Request, response: Response): void {
  if ('stream' in request) request.stream.session?.close();
  else response.setHeader('Connection', 'close');
}

/** Where the viewer is gone before, nobody can say when the memory is free: it is left to be garbage. */
export function releaseWhenSent(response: Response, release: () => void): void {
  if (!('writableFinished' in response)) return;
  response.once('close', () => {
    if (response.writableFinished) release();
  });
}
