import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { bringsToken, WRONG_TOKEN } from './door-token.ts';
import { namesOfPath } from './stream-path.ts';

/** What another node asks. */
export type Asked = {
  /** What follows in the path. */
  readonly names: readonly string[];
  /** What was posted; undefined of a GET. */
  readonly body: unknown;
  /** Aborted when the other node no longer waits. */
  readonly signal: AbortSignal;
};

/** Bytes go as they are, all else as JSON; undefined where there is nothing of the kind. */
export type AnswersNode = (asked: Asked) => unknown;

export type NodeDoorOptions = {
  /** What nodes must bring. */
  readonly token: string | undefined;
  readonly onRefused: (address: string | undefined, why: string) => void;
  readonly onError: (error: unknown) => void;
};

const MOST_BYTES = 1024 * 1024;

/** Answers the plain questions of other nodes, each by whoever knows the answer. */
export class NodeDoor {
  readonly #options: NodeDoorOptions;
  readonly #answers = new Map<string, AnswersNode>();
  readonly #exchanges = new Map<string, RequestListener>();

  constructor(options: NodeDoorOptions) {
    this.#options = options;
  }

  /** `GET publishers` is asked for as `GET /cluster/v1/publishers/...`. */
  on(question: `${'GET' | 'POST'} ${string}`, answer: AnswersNode): void {
    this.#answers.set(question, answer);
  }

  /** What begins with this name is answered by who is given it, with what follows the name as its path. */
  exchange(name: string, answer: RequestListener): void {
    this.#exchanges.set(name, answer);
  }

  /** For a server's `request`. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Connection', 'close');
    if (!bringsToken(request, this.#options.token)) {
      this.#options.onRefused(request.socket.remoteAddress, WRONG_TOKEN);
      return end(response, 401);
    }
    const [what, ...names] = namesOfPath(request.url ?? '') ?? [];
    const exchange = this.#exchanges.get(what ?? '');
    if (exchange) {
      request.url = `/${names.map(encodeURIComponent).join('/')}`;
      return exchange(request, response);
    }
    const answer = this.#answers.get(`${request.method} ${what}`);
    if (!answer) return end(response, 404);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const body = request.method === 'POST' ? await jsonOf(request) : undefined;
      const answered = await answer({ names, body, signal: gone.signal });
      if (answered === undefined) end(response, 404);
      else end(response, 200, answered);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (isMalformed(error)) return end(response, 400);
      this.#options.onError(error);
      end(response, 500);
    }
  }
}

/** It is of another release, or no node at all. */
function isMalformed(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof z.ZodError;
}

function end(response: ServerResponse, status: number, answer?: unknown): void {
  response.statusCode = status;
  if (answer === undefined) response.end();
  else response.end(answer instanceof Uint8Array ? answer : JSON.stringify(answer));
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > MOST_BYTES) throw new SyntaxError('what is posted is too long');
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}
