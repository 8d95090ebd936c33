import { z } from 'zod';
import { type Operation, operation } from './base/index.ts';

/** A parameter of an action, as a form has it. */
export type ApsaraParameter = {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'flag' | 'time' | 'list' | 'object';
  readonly isRequired: boolean;
  /** The only ones there are. */
  readonly values?: readonly string[];
  /** What it is where it is left out. */
  readonly usual?: string;
  /** Of an object, or of the objects of a list; a list without them is of texts. */
  readonly fields?: readonly ApsaraParameter[];
};

/** An action of ApsaraVideo's OpenAPI that is served here. */
export type ApsaraActionOverview = {
  readonly version: string;
  readonly name: string;
  readonly summary: string;
  readonly differs?: string;
  readonly parameters: readonly ApsaraParameter[];
};

export type ApsaraActionsDoor = { readonly actions: () => readonly ApsaraActionOverview[] };

const parameter = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['text', 'integer', 'flag', 'time', 'list', 'object']).describe('Everything is sent as text'),
    isRequired: z.boolean(),
    values: z.array(z.string()).optional().describe('The only ones there are'),
    usual: z.string().optional().describe('What it is where it is left out'),
    get fields() {
      return z.array(parameter).optional();
    },
  })
  .meta({ id: 'ApsaraParameter' });
const overview = z
  .strictObject({
    ...{ version: z.string(), name: z.string(), summary: z.string() },
    differs: z.string().optional().describe('In what it is not as in ApsaraVideo'),
    parameters: z.array(parameter),
  })
  .meta({ id: 'ApsaraAction' });

/** ApsaraVideo's OpenAPI, told of to those who try it. */
export function apsaraOperations(door: ApsaraActionsDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listApsaraActions', area: 'ApsaraVideo', method: 'get', path: '/apsara/actions', action: 'anyone' },
      summary: "The actions of ApsaraVideo's OpenAPI that are served at /, with their parameters",
      answer: z.strictObject({ actions: z.array(overview) }),
      run: () => ({ actions: door.actions() }),
    }),
  ];
}
