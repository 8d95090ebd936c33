import { AnswerError, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';

const OUTCOMES = ['good', 'created', 'known', 'bad'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What became, or would become, of one line of a table or of one object. */
export type ReportLine = {
  readonly place: string;
  readonly outcome: Outcome;
  readonly title?: string;
  readonly asset?: string;
  readonly code?: string;
  readonly message?: string;
};

export type ImportReport = {
  readonly isDryRun: boolean;
  readonly good: number;
  readonly bad: number;
  readonly lines: readonly ReportLine[];
};

export function readReport(answer: unknown): ImportReport {
  const { dryRun, good, bad, lines } = fields(answer);
  if (!Array.isArray(lines)) throw new AnswerError('the answer holds no report');
  return {
    ...{ isDryRun: dryRun === true, good: number(good) ?? 0, bad: number(bad) ?? 0 },
    lines: lines.map((each) => {
      const { line, outcome, title, asset, code, message } = fields(each);
      return {
        ...{ place: String(number(line) ?? ''), outcome: oneOf(outcome, OUTCOMES) ?? 'bad' },
        ...{ ...optional('title', text(title)), ...optional('asset', text(asset)) },
        ...{ ...optional('code', text(code)), ...optional('message', text(message)) },
      };
    }),
  };
}

/** The same of objects that were registered. */
export function readRegistered(answer: unknown): ImportReport {
  const { registered, failed } = fields(answer);
  const good = list(registered).map((each): ReportLine => {
    const { object, asset, isNew } = fields(each);
    return {
      place: text(object) ?? '',
      outcome: isNew === true ? 'created' : 'known',
      ...optional('asset', text(asset)),
    };
  });
  const bad = list(failed).map((each): ReportLine => {
    const { object, code, message } = fields(each);
    return {
      ...{ place: text(object) ?? '', outcome: 'bad' },
      ...{ ...optional('code', text(code)), ...optional('message', text(message)) },
    };
  });
  return { isDryRun: false, good: good.length, bad: bad.length, lines: [...good, ...bad] };
}
