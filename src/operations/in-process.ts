import type { Action, Caller, Decision, Resource } from '../identity/index.ts';
import { noteDone, noteRefused } from './audited.ts';
import { Accepted, type Audited, type Call, type Operation, OperationError, taken } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';

/** What an operation is given by a door that is no REST; names of the path, query and body as the operation has them. */
export type Given = {
  readonly params?: object;
  readonly query?: object;
  readonly body?: unknown;
  /** Refused (412) where it is no longer so. */
  readonly ifMatch?: string | undefined;
};

export type Answered<T> = { readonly answer: T; readonly etag: string | undefined };

/** Does an operation by its name for one caller: its policy, its schemas and the audit log count as at every door. */
export type Ask = {
  <T = unknown>(name: string, given?: Given): Promise<T>;
  /** With the tag of the answer, for `ifMatch`. */
  tagged<T = unknown>(name: string, given?: Given): Promise<Answered<T>>;
};

type Audit = Pick<IdentityDoor['audit'], 'record'>;

/** Operations for doors within this process. */
export class InProcess {
  readonly #operations: ReadonlyMap<string, Operation>;
  readonly #audit: Audit;

  constructor({ operations, audit }: { readonly operations: readonly Operation[]; readonly audit: Audit }) {
    this.#operations = new Map(operations.map((each) => [each.name, each]));
    this.#audit = audit;
  }

  /** `signal` is aborted when the caller no longer waits. */
  for(caller: Caller, signal: AbortSignal): Ask {
    const tagged = <T>(name: string, given: Given = {}) =>
      this.#run(caller, signal, name, given) as Promise<Answered<T>>;
    const ask = async <T>(name: string, given?: Given) => (await tagged<T>(name, given)).answer;
    return Object.assign(ask, { tagged });
  }

  async #run(caller: Caller, signal: AbortSignal, name: string, given: Given): Promise<Answered<unknown>> {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Error(`there is no operation ${name}`);
    const { action, params, query, body, resource } = operation;
    const policed = action === 'self' || action === 'anyone' ? undefined : action;
    const audited: Audited | undefined = operation.audited ?? policed;
    const require = (of: Resource, asked: Action | undefined = policed) => {
      if (asked !== undefined) this.#require(caller, caller.may(asked, of), of);
    };
    if (policed !== undefined && resource === undefined) this.#require(caller, caller.mayAnywhere(policed), undefined);
    const names = taken('path', params, given.params ?? {});
    if (resource !== undefined) require((resource as (names: unknown) => Resource)(names));
    let etag: string | undefined;
    const call: Call = {
      params: names,
      query: taken('query', query, given.query ?? {}),
      body: body === undefined ? undefined : taken('body', body, given.body ?? {}),
      ...{ caller, signal, ifMatch: given.ifMatch, require },
      permits: (of) => policed !== undefined && caller.may(policed, of).allowed,
      done: (of, detail, did = audited) => {
        if (did !== undefined) noteDone(this.#audit, caller, did, of, detail);
      },
      tag: (tag) => {
        etag = tag;
      },
    };
    const answer = await operation.run(call as Call<never, never, never>);
    if (answer instanceof Accepted) throw new WaitsForSomebody(answer.answer);
    return { answer, etag };
  }

  #require(caller: Caller, decision: Decision, of: Resource | undefined): void {
    if (decision.allowed) return;
    noteRefused(this.#audit, caller, decision, of);
    const { code, sentence, remedy } = decision;
    throw new OperationError(403, code, sentence, remedy);
  }
}

/** What was asked for waits for a second person, which this door cannot say otherwise. */
class WaitsForSomebody extends OperationError {
  constructor(answer: unknown) {
    const id = typeof answer === 'object' && answer !== null && 'id' in answer ? ` ${String(answer.id)}` : '';
    super(409, 'WAITS', `the change waits for a second person, as approval${id}`, 'Have it approved in the console.');
  }
}
