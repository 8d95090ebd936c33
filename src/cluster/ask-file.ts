import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { nodeErrorOf } from './node-error.ts';
import { type NodePlace, requestTo } from './request-to.ts';
import { pathOf } from './stream-path.ts';

/** A question whose answer is passed on as it comes. */
export type FileQuestion = {
  readonly path: readonly string[];
  readonly method: string;
  /** Of these, what says which part of it is wanted. */
  readonly headers: IncomingHttpHeaders;
  readonly signal: AbortSignal;
};

const ANSWER_MS = 10_000;

/** Asks another node for a file; of the answer nothing but the head is read. Rejects with a `NodeError`. */
export function askFile(place: NodePlace, { path, method, headers, signal }: FileQuestion): Promise<IncomingMessage> {
  const { range, 'if-range': ifRange } = headers as Readonly<Record<string, string | undefined>>;
  return new Promise((resolve, reject) => {
    const request = requestTo(place, {
      ...{ method, path: pathOf(path), timeout: ANSWER_MS, signal },
      headers: { ...(range && { range }), ...(ifRange && { 'if-range': ifRange }) },
    });
    request.on('error', (error) => reject(nodeErrorOf(error, request.socket?.connecting === false)));
    request.on('response', resolve);
    request.end();
  });
}
