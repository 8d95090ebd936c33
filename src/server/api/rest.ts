import type { Request, RequestHandler, Response, Router } from 'express';
import { type Resource, SERVER } from '../../identity/index.ts';
import {
  Accepted,
  type Answer,
  type Call,
  type Described,
  type Operation,
  OperationError,
  operationErrorOf,
  type Repeats,
  taken,
} from '../../operations/index.ts';
import { callerOf, type Guard } from './guard.ts';
import { sendJson } from './json-answer.ts';
import type { Http, MediaOperation } from './media-operation.ts';
import { sendOperationError } from './problem.ts';
import { bodyOf } from './request-body.ts';

/** Puts operations behind their methods and paths; what is posted with a key is done once. */
export function addOperations(router: Router, door: RestDoor, operations: readonly Operation[]): void {
  for (const each of operations) {
    add(router, door.guard, each, async (call, http) => {
      const run = async () => ({ ...answerOf(each, await each.run(call)), ...tagOf(http.response) });
      sendAnswer(http, await (isKeyed(http.request) ? once(door.repeats, call, http, run) : run()));
    });
  }
}

function answerOf({ status }: Operation, made: unknown): Answer {
  return made instanceof Accepted ? { status: 202, body: made.answer } : { status, body: made };
}

export type RestDoor = { readonly guard: Guard; readonly repeats: Repeats };

const isKeyed = ({ method, headers }: Request) => method === 'POST' && headers['idempotency-key'] !== undefined;

async function once(repeats: Repeats, { caller }: Call, { request, response }: Http, run: () => Promise<Answer>) {
  const key = request.get('Idempotency-Key') ?? '';
  const asked = { caller, key, target: `${request.method} ${request.originalUrl}`, body: request.body };
  const { answer, isRepeated } = await repeats.once(asked, run);
  if (isRepeated) response.set('Idempotency-Replayed', 'true');
  return answer;
}

function sendAnswer({ request, response }: Http, { status, body, etag }: Answer): void {
  response.status(status);
  if (etag !== undefined) response.set('ETag', etag);
  if (body === undefined) response.end();
  else sendJson(request, response, body);
}

/** The tag that an operation gave its answer. */
function tagOf(response: Response): Pick<Answer, 'etag'> {
  const etag = response.get('ETag');
  return etag === undefined ? {} : { etag };
}

export function addMediaOperations(router: Router, guard: Guard, operations: readonly MediaOperation[]): void {
  for (const each of operations) add(router, guard, each, each.send);
}

type Run = (call: Call<never, never, never>, http: Http) => Promise<void> | void;

function add(router: Router, guard: Guard, described: Described, run: Run): void {
  const handler: RequestHandler = async (request, response) => {
    try {
      await run(callOf(described, guard, request, response) as Call<never, never, never>, { request, response });
    } catch (error) {
      const known = operationErrorOf(error);
      if (known === undefined) throw error;
      if (!response.headersSent) sendOperationError(response, known);
    }
  };
  router[described.method](expressPath(described.path), guardOf(described, guard), handler);
}

/** The policy is asked before anything else of the request is looked at. */
function guardOf({ action, resource, params }: Described, guard: Guard): RequestHandler {
  if (action === 'self') return guard.self();
  if (action === 'anyone') return guard.anyone();
  if (resource === undefined) return guard.anywhere(action);
  return guard.of(action, (given) => {
    const names = params.safeParse(withJoinedTail(given));
    return names.success ? (resource as (names: unknown) => Resource)(names.data) : SERVER;
  });
}

function callOf(described: Described, guard: Guard, request: Request, response: Response): Call {
  const { action, params, query, body } = described;
  const caller = callerOf(response);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const policed = action === 'self' || action === 'anyone' ? undefined : action;
  const audited = described.audited ?? policed;
  return {
    params: taken('path', params, withJoinedTail(request.params)),
    query: taken('query', query, request.query),
    body: body === undefined ? undefined : taken('body', body, bodyOf(request)),
    ...{ caller, signal: gone.signal, ifMatch: unquoted(request.headers['if-match']) },
    permits: (resource) => policed !== undefined && caller.may(policed, resource).allowed,
    require: (resource, asked = policed) => {
      if (asked !== undefined && !guard.permits(response, asked, resource)) throw new Refused();
    },
    done: (resource, detail, did = audited) => did !== undefined && guard.done(response, did, resource, detail),
    tag: (etag) => response.set('ETag', `"${etag}"`),
  };
}

/** The guard has answered already. */
class Refused extends OperationError {
  constructor() {
    super(403, 'FORBIDDEN', 'not allowed', '');
  }
}

/** `/recordings/{id}/{object*}` as Express has it. */
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\*\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
}

/** A path's tail comes in its parts. */
function withJoinedTail(params: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );
}

function unquoted(tag: string | undefined): string | undefined {
  return tag?.replace(/^(W\/)?"(.*)"$/, '$2');
}
