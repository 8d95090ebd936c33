import { AnswerError, type Fields, fields, list, oneOf, optional, text } from '../../answers/answer-fields.ts';

/** A parameter of an action, as a form has it. */
export type Parameter = {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'flag' | 'time' | 'list' | 'object';
  readonly isRequired: boolean;
  readonly values?: readonly string[];
  readonly usual?: string;
  readonly fields?: readonly Parameter[];
};

export type Action = {
  readonly version: string;
  readonly name: string;
  readonly summary: string;
  readonly differs?: string;
  readonly parameters: readonly Parameter[];
};

/** `GET /api/v1/apsara/actions`, by their names. */
export function readActions(answer: unknown): Action[] {
  const actions = list(fields(answer).actions).map((entry) => {
    const { version, name, summary, differs, parameters } = fields(entry);
    return {
      ...{ version: needed(version), name: needed(name), summary: text(summary) ?? '' },
      ...optional('differs', text(differs)),
      parameters: list(parameters).map((each) => parameterOf(fields(each))),
    };
  });
  return actions.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const KINDS = ['text', 'integer', 'flag', 'time', 'list', 'object'] as const;

function parameterOf({ name, kind, isRequired, values, usual, fields: inner }: Fields): Parameter {
  return {
    ...{ name: needed(name), kind: oneOf(kind, KINDS) ?? 'text', isRequired: isRequired === true },
    ...(Array.isArray(values) && { values: values.map(String) }),
    ...optional('usual', text(usual)),
    ...(Array.isArray(inner) && { fields: inner.map((each) => parameterOf(fields(each))) }),
  };
}

function needed(value: unknown): string {
  const given = text(value);
  if (given === undefined) throw new AnswerError('an action or a parameter has no name');
  return given;
}
