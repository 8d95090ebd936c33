import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  answerProblem,
  GRANT_HEADER,
  hostOf,
  INTERNAL_HEADERS,
  MAX_HEADER_BYTES,
  OFFER_HEADER,
  offerText,
  type Peer,
  type Request,
  type Response,
  readGrant,
  type Servable,
  type WorkerGrant,
} from '../index.ts';

/** They are of one connection, and each of the two has its own. */
const OF_CONNECTION =
  /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te|trailer|expect|http2-settings)$/i;

const AWAY = {
  status: 503,
  code: 'SERVER_AWAY',
  reason: 'the server behind this worker does not answer',
  remedy: 'Try again in a moment; the log of the server says more.',
};

export type PassOnOptions = {
  readonly worker: number;
  /** Where the server listens for its workers. */
  readonly socketPath: string;
};

export type Passed = {
  readonly request: Request;
  readonly peer: Peer;
  /** What the worker would do itself, if it may. */
  readonly serves: Servable | undefined;
  /** Aborts when the viewer is gone. */
  readonly signal: AbortSignal;
};

/** Asks the server what viewers ask, in their words, and says who they are. */
export class PassOn {
  readonly #options: PassOnOptions;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 32, scheduling: 'lifo' });

  constructor(options: PassOnOptions) {
    this.#options = options;
  }

  /** The answer, of which nothing but the head is read yet. */
  ask({ request, peer, serves, signal }: Passed): Promise<IncomingMessage> {
    const { socketPath, worker } = this.#options;
    return new Promise((resolve, reject) => {
      const asked = httpRequest({
        ...{ socketPath, agent: this.#agent, signal, maxHeaderSize: MAX_HEADER_BYTES * 4 },
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: [...fieldsOf(request), OFFER_HEADER, offerText({ worker, peer, serves })],
      });
      asked.once('response', resolve);
      asked.on('error', reject);
      if (hasBody(request)) {
        // There may be an answer before the body comes, or without it.
        asked.flushHeaders();
        request.pipe(asked);
      } else asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What the server allows with its answer. */
export function grantIn({ headers }: IncomingMessage): WorkerGrant | undefined {
  const text = headers[GRANT_HEADER];
  return typeof text === 'string' ? readGrant(text) : undefined;
}

/** Gives an answer to the viewer as it is. */
export function relay(answered: IncomingMessage, request: Request, response: Response): void {
  const fields = pairsOf(answered.rawHeaders).filter(([name]) => !isOfConnection(name));
  const status = answered.statusCode ?? 502;
  if ('stream' in response) response.writeHead(status, Object.fromEntries(gathered(fields)));
  else (response as ServerResponse).writeHead(status, answered.statusMessage, fields.flat());
  answered.on('error', () => response.destroy());
  response.once('close', () => answered.destroy());
  if (request.method === 'HEAD') answered.resume().once('end', () => response.end());
  else answered.pipe(response as ServerResponse);
}

/** There is no answer. */
export function answerAway(request: Request, response: Response): void {
  if (response.headersSent) response.destroy();
  else if (!response.destroyed) answerProblem(request, response, AWAY, { 'Retry-After': '1' });
}

function fieldsOf(request: Request): string[] {
  const fields = pairsOf(request.rawHeaders).filter(([name]) => !isOfConnection(name) && !name.startsWith(':'));
  const hasHost = fields.some(([name]) => name.toLowerCase() === 'host');
  return [...(hasHost ? [] : ['Host', hostOf(request)]), ...fields.flat()];
}

function pairsOf(raw: readonly string[]): (readonly [name: string, value: string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []));
}

function isOfConnection(name: string): boolean {
  return OF_CONNECTION.test(name) || INTERNAL_HEADERS.test(name);
}

/** With one entry for each name. */
function gathered(fields: readonly (readonly [string, string])[]): Map<string, string | string[]> {
  const all = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : [...[before].flat(), value]);
  }
  return all;
}

function hasBody(request: Request): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
