import {
  type Action,
  covers,
  type Decision,
  decide,
  decideAnywhere,
  type Policy,
  type Resource,
} from '../policy/index.ts';

/** How somebody came in. */
export type CallerKind = 'session' | 'password' | 'access-key' | 'temporary-key' | 'owner';

export type CallerOptions = {
  readonly kind: CallerKind;
  /** The user's name. */
  readonly name: string;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly address: string;
  /** All of them must allow what is done. */
  readonly policies: readonly Policy[];
  /** Nothing is allowed before there is a second factor. */
  readonly mustEnrol?: boolean;
};

/** Whoever makes a request, and what they may. */
export class Caller {
  readonly kind: CallerKind;
  readonly name: string;
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly keyId: string | undefined;
  readonly address: string;
  readonly mustEnrol: boolean;
  readonly #policies: readonly Policy[];

  constructor({ kind, name, userId, sessionId, keyId, address, policies, mustEnrol }: CallerOptions) {
    this.kind = kind;
    this.name = name;
    this.userId = userId;
    this.sessionId = sessionId;
    this.keyId = keyId;
    this.address = address;
    this.mustEnrol = mustEnrol ?? false;
    this.#policies = policies;
  }

  /** Of which another node makes the same caller. */
  get options(): CallerOptions {
    const { kind, name, userId, sessionId, keyId, address, mustEnrol } = this;
    return { kind, name, userId, sessionId, keyId, address, mustEnrol, policies: this.#policies };
  }

  /** The same text for all who may the same. */
  get rights(): string {
    return JSON.stringify([this.mustEnrol, this.#policies]);
  }

  may(action: Action, resource: Resource): Decision {
    return this.#all(action, (policy) => decide(policy, action, resource));
  }

  /** Whether there may be a resource on which it is allowed. */
  mayAnywhere(action: Action): Decision {
    return this.#all(action, (policy) => decideAnywhere(policy, action));
  }

  /** Whether the caller has all of this policy, and so may give it to others. */
  covers(policy: Policy): boolean {
    return !this.mustEnrol && this.#policies.every((each) => covers(each, policy));
  }

  #all(action: Action, decided: (policy: Policy) => Decision): Decision {
    if (this.mustEnrol) {
      const sentence = 'your role needs a second factor';
      const remedy = 'Set one up: POST /api/v1/me/totp, then /api/v1/me/totp/confirm.';
      return { allowed: false, code: 'TOTP_REQUIRED', action, sentence, remedy };
    }
    return this.#policies.map(decided).find(({ allowed }) => !allowed) ?? { allowed: true };
  }
}
