import { NodeError, nodeErrorOf } from './node-error.ts';
import { type NodePlace, requestTo } from './request-to.ts';
import { pathOf } from './stream-path.ts';

/** A plain question to another node. */
export type Question = {
  /** The first is what is asked for, such as `publishers`; the others are names. */
  readonly path: readonly string[];
  /** Posted as JSON; without it the question is a GET. */
  readonly body?: unknown;
  /** By then there is an answer, or the node cannot be reached. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

export type NodeAnswer = { readonly status: number; readonly bytes: Buffer };

/** A list of all streams of a big node is smaller. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Asks another node; rejects with a `NodeError` where it does not answer. */
export function askNode(place: NodePlace, { path, body, timeoutMs, signal }: Question): Promise<NodeAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const posted =
    text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const request = requestTo(place, {
      ...{ method: text === undefined ? 'GET' : 'POST', path: pathOf(path) },
      ...(signal === undefined ? {} : { signal }),
      headers: { Connection: 'close', ...posted },
    });
    let isConnected = false;
    request.on('socket', (socket) => {
      socket.once(place.tls ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    const late = () =>
      isConnected
        ? new NodeError('silent', `no answer came within ${timeoutMs / 1000} s`)
        : new NodeError('unreachable', 'the connection was not made in time');
    const timer = setTimeout(() => request.destroy(late()), timeoutMs);
    const fail = (error: unknown) => reject(nodeErrorOf(error, isConnected));
    request.once('close', () => clearTimeout(timer));
    request.on('error', fail);
    request.on('response', (answer) => {
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        sizeBytes += part.length;
        if (sizeBytes > MOST_BYTES) request.destroy(new Error('the answer is too long'));
      });
      answer.on('error', fail);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(parts) }));
    });
    request.end(text);
  });
}
