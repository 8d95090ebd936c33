import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** An error as viewers' programs and people read it (RFC 9457). */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly remedy?: string;
};

/** On every answer of the playback door: any page may play, and read what it needs to. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, Date, Age',
};

export type AnswerBody = {
  readonly status?: number;
  readonly type: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends a whole answer; for HEAD all but the body. */
export function answer(
  request: Request,
  response: Response,
  { status, type, cacheControl, body, headers }: AnswerBody,
) {
  const head = {
    ...CORS_HEADERS,
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': cacheControl,
    ...headers,
  };
  const plain = response as ServerResponse;
  plain.writeHead(status ?? 200, head);
  if (request.method === 'HEAD') plain.end();
  else plain.end(body);
}

export function answerProblem(request: Request, response: Response, problem: Problem): void {
  const { status, code, reason, remedy } = problem;
  const body = JSON.stringify({ type: 'about:blank', title: reason, status, code, ...(remedy ? { remedy } : {}) });
  answer(request, response, {
    status,
    type: 'application/problem+json',
    cacheControl: 'no-store',
    body: new TextEncoder().encode(body),
  });
}
