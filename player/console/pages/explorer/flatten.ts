import type { Parameter } from './read-actions.ts';

/** What was typed, as it is sent: names and texts. */
export type Sent = readonly (readonly [name: string, value: string])[];

/** A list that is no JSON of a list. */
export class TypedWrong extends Error {
  readonly parameter: string;

  constructor(parameter: string) {
    super(parameter);
    this.parameter = parameter;
  }
}

/** Lists come one to a line, those of objects as JSON; what is empty is not sent. `Tag.1.Key=team`. */
export function flattened(parameters: readonly Parameter[], typed: Readonly<Record<string, string>>): Sent {
  return parameters.flatMap((parameter) => {
    const value = typed[parameter.name]?.trim() ?? '';
    if (value === '') return [];
    if (parameter.fields !== undefined) return inParts(parameter.name, parsed(parameter.name, value));
    if (parameter.kind !== 'list') return [[parameter.name, value] as const];
    const items = value.split('\n').filter((line) => line.trim() !== '');
    return items.map((item, index) => [`${parameter.name}.${index + 1}`, item.trim()] as const);
  });
}

function parsed(name: string, value: string): unknown {
  try {
    const read: unknown = JSON.parse(value);
    if (typeof read === 'object' && read !== null) return read;
  } catch {
    // It is told below.
  }
  throw new TypedWrong(name);
}

function inParts(name: string, value: unknown): [string, string][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[name, String(value)]];
  const parts = Array.isArray(value)
    ? value.map((each, index) => [String(index + 1), each] as const)
    : Object.entries(value);
  return parts.flatMap(([part, each]) => inParts(`${name}.${part}`, each));
}
