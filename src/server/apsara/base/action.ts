import type { z } from 'zod';
import type { Caller } from '../../../identity/index.ts';
import type { Ask } from '../../../operations/index.ts';
import type { Body } from './answer.ts';

/** One call of an action; its parameters are as they should be. */
export type ActionCall<I = unknown> = {
  readonly input: I;
  readonly caller: Caller;
  /** Does an operation for the caller, who must be allowed. */
  readonly ask: Ask;
  /** Unix time. */
  readonly nowMs: () => number;
};

/** An action of ApsaraVideo's OpenAPI that is served here. */
export type ServedAction = {
  readonly name: string;
  /** In a sentence, for whoever chooses among them. */
  readonly summary: string;
  /** In what it is not as in ApsaraVideo, in a sentence. */
  readonly differs?: string;
  /** Parameters of other names are left out, as there. */
  readonly input: z.ZodObject;
  /** The answer without its `RequestId`. */
  readonly run: (call: ActionCall<never>) => Promise<Body>;
};

/** The actions of one of ApsaraVideo's services. */
export type Service = {
  /** As people call it: `Live`. */
  readonly name: string;
  readonly version: string;
  readonly actions: readonly ServedAction[];
};

/** Defines an action: the type of its input follows from the schema. */
export function action<I extends z.ZodObject>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly differs?: string;
  readonly input: I;
  readonly run: (call: ActionCall<z.output<I>>) => Promise<Body> | Body;
}): ServedAction {
  const { run, ...rest } = definition;
  return { ...rest, run: async (call) => run(call) };
}

/** The answer of an action that says only that it was done. */
export const DONE: Body = {};
