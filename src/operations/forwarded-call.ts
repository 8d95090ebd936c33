import { z } from 'zod';
import { NodeError } from '../cluster/index.ts';
import { Caller, type CallerOptions, statementSchema } from '../identity/index.ts';
import { type FieldError, type Operation, OperationError } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import { InProcess } from './in-process.ts';
import { operationErrorOf } from './trouble.ts';

/** Whoever asked the first node, with the rights that were found there. */
const caller = z.strictObject({
  kind: z.enum(['session', 'password', 'access-key', 'temporary-key', 'owner']),
  name: z.string(),
  userId: z.string().optional(),
  sessionId: z.string().optional(),
  keyId: z.string().optional(),
  address: z.string(),
  policies: z.array(z.array(statementSchema)),
  mustEnrol: z.boolean(),
});

const forwardedCall = z.strictObject({
  name: z.string(),
  params: z.record(z.string(), z.unknown()),
  query: z.record(z.string(), z.unknown()),
  body: z.unknown().optional(),
  ifMatch: z.string().optional(),
  caller,
  askedAt: z.string(),
});

/** An operation that one node asks another one to do. */
export type ForwardedCall = Omit<z.input<typeof forwardedCall>, 'caller'> & { readonly caller: CallerOptions };

type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly errors: readonly FieldError[];
};

/** What came of it. */
export type ForwardedAnswer =
  | { readonly answer?: unknown; readonly etag?: string | undefined }
  | { readonly problem: Problem }
  /** It is of another release, and knows no such call. */
  | { readonly isUnknown: true };

type Audit = Pick<IdentityDoor['audit'], 'record'>;

/** Does what other nodes forward: by the same policy and schemas as at every door, and the audit log has who asked where. */
export class ForwardedCalls {
  readonly #operations: readonly Operation[];
  readonly #names: ReadonlySet<string>;
  readonly #audit: Audit;

  constructor(options: { readonly operations: readonly Operation[]; readonly audit: Audit }) {
    this.#operations = options.operations;
    this.#names = new Set(options.operations.map(({ name }) => name));
    this.#audit = options.audit;
  }

  async run(given: unknown, signal: AbortSignal): Promise<ForwardedAnswer> {
    const read = forwardedCall.safeParse(given);
    if (!read.success || !this.#names.has(read.data.name)) return { isUnknown: true };
    const { name, params, query, body, ifMatch, caller: options, askedAt } = read.data;
    const audit: Audit = {
      record: (entry) => this.#audit.record({ ...entry, detail: { ...entry.detail, askedAt } }),
    };
    const ask = new InProcess({ operations: this.#operations, audit }).for(new Caller(options), signal);
    try {
      return await ask.tagged(name, { params, query, body, ifMatch });
    } catch (error) {
      const known = operationErrorOf(error);
      if (known === undefined) throw error;
      const { status, code, message, remedy, errors } = known;
      return { problem: { status, code, message, remedy, errors } };
    }
  }
}

/** The answer of a node, or its error as if it had come up here. */
export function answerOf(answered: ForwardedAnswer): { readonly answer?: unknown; readonly etag?: string | undefined } {
  if ('isUnknown' in answered) throw new NodeError('unknown', 'it knows no such call');
  if (!('problem' in answered)) return answered;
  const { status, code, message, remedy, errors } = answered.problem;
  throw new OperationError(status, code, message, remedy, errors);
}
