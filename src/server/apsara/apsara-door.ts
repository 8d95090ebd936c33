import { randomUUID } from 'node:crypto';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { ClientAddresses } from '../../access/index.ts';
import type { Caller } from '../../identity/index.ts';
import type { Logger } from '../../log/index.ts';
import { type IdentityDoor, InProcess, type Operation } from '../../operations/index.ts';
import {
  ApsaraError,
  apsaraErrorOf,
  type Body,
  isJson,
  type ServedAction,
  type Service,
  xmlText,
} from './base/index.ts';
import { mergedParameters, type Parameters, unflattened } from './parameters.ts';
import { ReplayGuard, type SharedNonces } from './replay-guard.ts';
import { type Received, type SignedCall, signedCall } from './signed-request.ts';
import { takenInput } from './taken-input.ts';

export type ApsaraDoor = {
  readonly services: readonly Service[];
  readonly operations: readonly Operation[];
  readonly identity: Pick<IdentityDoor, 'gate' | 'audit'>;
  readonly clients: Pick<ClientAddresses, 'find'>;
  readonly log: Logger;
  /** Unix time. */
  readonly wallMs: () => number;
  /** Left out where no other node is. */
  readonly nonces?: SharedNonces | undefined;
};

const MOST_BODY = '512kb';

/** ApsaraVideo's OpenAPI at `/`: both signatures, GET and POST, JSON and XML. Requests of others go on to the next. */
export function apsaraDoor(door: ApsaraDoor): RequestHandler {
  const router = Router();
  const served = new ApsaraCalls(door);
  const isMeant = ({ method, query, headers }: Request) =>
    method === 'POST' || query.Action !== undefined || headers['x-acs-action'] !== undefined;
  router.all('/', (request, _response, next) => next(isMeant(request) ? undefined : 'router'));
  router.all('/', express.raw({ type: () => true, limit: MOST_BODY }), (request, response) =>
    served.answer(request, response),
  );
  return router;
}

class ApsaraCalls {
  readonly #door: ApsaraDoor;
  readonly #inProcess: InProcess;
  readonly #replays: ReplayGuard;
  readonly #services: ReadonlyMap<string, ReadonlyMap<string, ServedAction>>;

  constructor(door: ApsaraDoor) {
    this.#door = door;
    this.#inProcess = new InProcess({ operations: door.operations, audit: door.identity.audit });
    this.#replays = new ReplayGuard(door.wallMs, door.nonces);
    this.#services = new Map(
      door.services.map(({ version, actions }) => [version, new Map(actions.map((each) => [each.name, each]))]),
    );
  }

  async answer(request: Request, response: Response): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const RequestId = randomUUID().toUpperCase();
    let received: Received | undefined;
    let signed: SignedCall | undefined;
    try {
      received = receivedOf(request);
      signed = signedCall(received);
      const caller = await this.#callerOf(signed, request);
      const { name, input, run } = this.#actionOf(signed);
      const taken = takenInput(input, parametersOf(received));
      const ask = this.#inProcess.for(caller, gone.signal);
      const answer = await run({ input: taken, caller, ask, nowMs: this.#door.wallMs } as never);
      send(response, 200, signed.format, `${name}Response`, { ...answer, RequestId });
    } catch (error) {
      const { status, code, message } = apsaraErrorOf(error) ?? this.#fault(error, signed?.action);
      const body = { RequestId, HostId: request.headers.host ?? '', Code: code, Message: message };
      send(response, status, signed?.format ?? received?.parameters.get('Format') ?? formatOf(request), 'Error', body);
    }
  }

  /** Who is no one's, or late, or here for the second time is told no more than that. */
  async #callerOf(signed: SignedCall, { socket, headers }: Request): Promise<Caller> {
    const { address } = this.#door.clients.find({ address: socket.remoteAddress ?? '', scheme: 'http' }, headers);
    const origin = { address, agent: headers['user-agent'] ?? '' };
    const caller = this.#door.identity.gate.callerOfSignature(signed.keyId, signed.isSignedBy, origin);
    if (caller === 'unknown')
      throw new ApsaraError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    if (caller === 'wrong') {
      const message = `Specified signature is not matched with our calculation. server string to sign is:${signed.stringToSign}`;
      throw new ApsaraError(403, 'SignatureDoesNotMatch', message);
    }
    this.#replays.checkTime(signed.time);
    await this.#replays.take(signed.keyId, signed.nonce);
    return caller;
  }

  #actionOf({ action, version }: SignedCall): ServedAction {
    const actions = this.#services.get(version);
    if (actions === undefined) {
      throw new ApsaraError(
        400,
        'NoSuchVersion',
        `The specified version is not served; these are: ${[...this.#services.keys()].join(', ')}.`,
      );
    }
    const found = actions.get(action);
    if (found === undefined)
      throw new ApsaraError(400, 'UnsupportedOperation', 'The specified action is not supported.');
    return found;
  }

  #fault(error: unknown, action: string | undefined): ApsaraError {
    this.#door.log.error({ error, action }, 'action failed');
    return new ApsaraError(500, 'InternalError', 'The request processing has failed due to some unknown error.');
  }
}

function receivedOf({ method, headers, originalUrl, body }: Request): Received {
  const query = originalUrl.slice(`${originalUrl}?`.indexOf('?') + 1);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  const parameters = mergedParameters(query, isForm ? bytes.toString() : '');
  return { method, headers, query: mergedParameters(query, ''), parameters, body: bytes };
}

/** As it is asked for, where nothing else is known; version 3 has JSON alone. */
function formatOf({ query, headers }: Request): string | undefined {
  if (headers['x-acs-action'] !== undefined) return 'JSON';
  return typeof query.Format === 'string' ? query.Format : undefined;
}

/** What is empty was not given. */
function parametersOf({ parameters }: Received): Parameters {
  return unflattened(new Map([...parameters].filter(([, value]) => value !== '')));
}

function send(response: Response, status: number, format: string | undefined, root: string, body: Body): void {
  const [type, text] = isJson(format)
    ? ['application/json; charset=utf-8', JSON.stringify(body)]
    : ['text/xml; charset=utf-8', xmlText(root, body)];
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  // Nobody keeps it, so that it needs none of what Express makes of a body for those who do.
  response.end(text);
}
