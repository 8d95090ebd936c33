import { AnswerError, fields, list, oneOf, optional, text } from '../../answers/answer-fields.ts';

export type StepStatus = 'pass' | 'fail' | 'note';
export type ExplainedStep = { readonly name: string; readonly status: StepStatus; readonly detail: string };

/** `POST /api/v1/explain`. */
export type Explanation = {
  readonly steps: readonly ExplainedStep[];
  readonly isOk: boolean;
  readonly code: string;
  readonly sentence: string;
  readonly remedy?: string;
};

export function readExplanation(answer: unknown): Explanation {
  const { steps, verdict, remedy } = fields(answer);
  const { ok, code, sentence } = fields(verdict);
  if (typeof ok !== 'boolean') throw new AnswerError('the answer holds no verdict');
  return {
    steps: list(steps).map((entry) => {
      const step = fields(entry);
      return {
        name: text(step.name) ?? '',
        status: oneOf<StepStatus>(step.status, ['pass', 'fail', 'note']) ?? 'note',
        detail: text(step.detail) ?? '',
      };
    }),
    isOk: ok,
    code: text(code) ?? '',
    sentence: text(sentence) ?? '',
    ...optional('remedy', text(remedy)),
  };
}
