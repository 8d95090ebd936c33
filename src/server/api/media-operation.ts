import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Resource } from '../../identity/index.ts';
import type { Call, Described } from '../../operations/index.ts';

/** An exchange of HTTP. */
export type Http = { readonly request: Request; readonly response: Response };

/** An operation that answers with something else than JSON, such as a file. */
export type MediaOperation = Described & {
  readonly media: string;
  /** It looks at nothing but the names in the path, and may be sent by another node that has it. */
  readonly at?: 'holder';
  /** It is no answer but a connection of another protocol that is asked for. */
  readonly upgrade?: { readonly protocol: 'websocket'; readonly frame: z.ZodType };
  readonly send: (call: Call<never, never, never>, http: Http) => Promise<void> | void;
};

type Definition<P extends z.ZodObject, Q extends z.ZodObject> = Omit<
  Described,
  'resource' | 'params' | 'query' | 'body' | 'status'
> & {
  /** Left out, the operation asks for each resource itself. */
  readonly resource?: (params: z.output<P>) => Resource;
  readonly params?: P;
  readonly query?: Q;
  readonly media: string;
  readonly at?: 'holder';
  readonly send: (call: Call<z.output<P>, z.output<Q>>, http: Http) => Promise<void> | void;
};

/** Defines an operation that answers by itself; its types follow from its schema. */
export function mediaOperation<
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
>({ resource, params, query, ...rest }: Definition<P, Q>): MediaOperation {
  const nothing = z.strictObject({});
  return { ...rest, resource, params: params ?? nothing, query: query ?? nothing, body: undefined, status: 200 };
}
