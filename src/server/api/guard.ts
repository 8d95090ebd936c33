import type { NextFunction, Request, Response } from 'express';
import type { Action, Caller, Decision, Resource } from '../../identity/index.ts';
import { type Audited, type IdentityDoor, noteDone, noteRefused } from '../../operations/index.ts';
import { sendProblem } from './problem.ts';

/** Express middleware that names what its route is for, so that a test can ask every route. */
export type Guarding = ((request: unknown, response: Response, next: NextFunction) => void) & {
  readonly action: Action | 'self' | 'anyone';
};

/** Asks the policy before a route does anything, and writes down what was done or refused. */
export class Guard {
  readonly #audit: IdentityDoor['audit'];

  constructor({ audit }: Pick<IdentityDoor, 'audit'>) {
    this.#audit = audit;
  }

  /** For what the parameters of the path name. */
  of(action: Action, resourceOf: (params: object) => Resource): Guarding {
    const guarding = (request: unknown, response: Response, next: NextFunction) => {
      if (this.permits(response, action, resourceOf((request as Request).params))) next();
    };
    return Object.assign(guarding, { action });
  }

  /** For lists and bodies: the handler asks `permits` or `may` for each resource. */
  anywhere(action: Action): Guarding {
    const guarding = (_request: unknown, response: Response, next: NextFunction) => {
      if (this.#allows(response, callerOf(response).mayAnywhere(action), undefined)) next();
    };
    return Object.assign(guarding, { action });
  }

  /** For what people do with their own account, whatever they may. */
  self(): Guarding {
    const guarding = (_request: unknown, response: Response, next: NextFunction) => {
      const { kind } = callerOf(response);
      if (kind === 'session' || kind === 'password') next();
      else sendProblem(response, 403, 'NOT_A_PERSON', 'keys have no account of their own', 'Log in with a password.');
    };
    return Object.assign(guarding, { action: 'self' as const });
  }

  /** For whoever is let in. */
  anyone(): Guarding {
    const guarding = (_request: unknown, _response: Response, next: NextFunction) => next();
    return Object.assign(guarding, { action: 'anyone' as const });
  }

  /** Whether the caller may; where not, that is answered and written down. */
  permits(response: Response, action: Action, resource: Resource): boolean {
    return this.#allows(response, callerOf(response).may(action, resource), resource);
  }

  /** Writes down that the caller did something. */
  done(response: Response, action: Audited, resource: Resource, detail: object = {}): void {
    noteDone(this.#audit, callerOf(response), action, resource, detail);
  }

  #allows(response: Response, decision: Decision, resource: Resource | undefined): boolean {
    if (decision.allowed) return true;
    const { code, sentence, remedy, action } = decision;
    noteRefused(this.#audit, callerOf(response), decision, resource);
    sendProblem(response, 403, code, sentence, remedy, { action });
    return false;
  }
}

/** Whoever made the request; there is somebody behind the login. */
export function callerOf(response: Response): Caller {
  return response.locals.caller as Caller;
}

export function setCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}
