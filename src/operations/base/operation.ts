import { z } from 'zod';
import type { Action, Caller, Resource } from '../../identity/index.ts';

/** An action as the audit log has it. */
export type Audited = Action | 'account:password' | 'account:totp';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a door knows of one call of an operation; its input has been parsed and its caller may call it. */
export type Call<P = unknown, Q = unknown, B = unknown> = {
  /** The names in the path, the query and the body. */
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** The tag of what the caller last read (RFC 9110, 13.1.1), without its quotes. */
  readonly ifMatch: string | undefined;
  /** Aborted when the caller no longer waits. */
  readonly signal: AbortSignal;
  /** Whether the caller may do the operation's action to this; for lists. */
  readonly permits: (resource: Resource) => boolean;
  /** Throws where the caller may not do the operation's action, or this one, to it, which is written down. */
  readonly require: (resource: Resource, action?: Action) => void;
  /** Writes into the audit log that it was done, by the operation's action or this one. */
  readonly done: (resource: Resource, detail?: Readonly<Record<string, unknown>>, action?: Action) => void;
  /** Gives the answer a tag, for the next call's `ifMatch`. */
  readonly tag: (etag: string) => void;
};

/** What every door can tell of an operation before it is called. */
export type Described = {
  /** Its name in the OpenAPI document, such as `listBlocks`. */
  readonly name: string;
  /** The group it is listed in. */
  readonly area: string;
  readonly summary: string;
  readonly description?: string;
  readonly method: Method;
  /** Below `/api/v1`, with names in braces: `/blocks/{domain}`. */
  readonly path: string;
  /** What the caller must be allowed; `self` for what people do with their own account, `anyone` for whoever is let in. */
  readonly action: Action | 'self' | 'anyone';
  /** What the audit log calls it, where that is not its action. */
  readonly audited?: Audited;
  /** What it is done to. Left out, the operation asks for each resource itself. */
  readonly resource: ((params: never) => Resource) | undefined;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  /** The status of an answer; 204 has no body. */
  readonly status: 200 | 201 | 202 | 204;
  /** Whether a change may, or must, say in If-Match what it was made to; 412 where that was changed meanwhile. */
  readonly takesIfMatch?: 'optional' | 'required';
  /** The answer where it waits for somebody. */
  readonly accepted?: z.ZodType | undefined;
};

/** An answer of status 202: what was asked for waits for somebody, and this says for whom. */
export class Accepted<T = unknown> {
  readonly answer: T;

  constructor(answer: T) {
    this.answer = answer;
  }
}

/**
 * Which node of several does an operation: the one that publishes the stream of its path; whichever has what the path
 * names, this one first; the one that its query names. Left out, the one that was asked.
 */
export type DoneAt = 'owner' | 'holder' | 'node';

/** What one node answered. */
export type Said = { readonly node: string; readonly answer: unknown };

/** Makes one answer of those of all nodes; the first is this one's. */
export type Gather = (said: readonly Said[], query: Readonly<Record<string, unknown>>) => object;

/** One thing that can be done, whichever door it is asked for at. */
export type Operation = Described & {
  readonly at?: DoneAt;
  /** Where it is given, every node does the operation; nodes that did not answer are `silentNodes` of the answer. */
  readonly gather?: Gather;
  readonly answer: z.ZodType | undefined;
  readonly run: (call: Call<never, never, never>) => unknown;
};

type Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> = Omit<
  Described,
  'resource' | 'params' | 'query' | 'body' | 'status'
> & {
  readonly resource?: (params: z.output<P>) => Resource;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer?: A;
  readonly at?: DoneAt;
  readonly gather?: Gather;
  /** 200 where there is an answer, 204 where there is none. */
  readonly status?: Described['status'];
  readonly run: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Answered<A>;
};

type Answered<A extends z.ZodType> = Shown<z.input<A>> | Accepted | Promise<Shown<z.input<A>> | Accepted>;

/** An answer is only read, so what nobody may change can be in it. */
export type Shown<T> = T extends readonly (infer E)[]
  ? readonly Shown<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Shown<T[K]> }
    : T;

const nothing = z.strictObject({});

/** Defines an operation: its types follow from its schemas. */
export function operation<
  P extends z.ZodObject = typeof nothing,
  Q extends z.ZodObject = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodVoid,
>(definition: Definition<P, Q, B, A>): Operation {
  const { resource, params, query, body, answer, status, ...rest } = definition;
  return {
    ...rest,
    resource,
    params: params ?? nothing,
    query: query ?? nothing,
    body,
    answer,
    status: status ?? (answer === undefined ? 204 : 200),
  };
}
