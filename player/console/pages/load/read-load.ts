import { fields, list, number, oneOf, text } from '../../answers/answer-fields.ts';

/** What the server does without, one after the other. */
export const LEVELS = [
  'normal',
  'previews',
  'new-renditions',
  'lazy-renditions',
  'top-renditions',
  'new-viewers',
  'new-publishers',
] as const;

export type Level = (typeof LEVELS)[number];
export type Unit = '%' | 'ms' | 'bytes';

export type LoadMeasure = {
  readonly resource: string;
  readonly value: number;
  readonly unit: Unit;
  /** Where the first level begins. */
  readonly from: number;
  readonly level: Level;
  /** Every five seconds, the newest last. */
  readonly recent: readonly number[];
};

/** `GET /api/v1/load` */
export type Load = { readonly level: Level; readonly measures: readonly LoadMeasure[] };

export function readLoad(answer: unknown): Load {
  const { level, measures } = fields(answer);
  return { level: oneOf(level, LEVELS) ?? 'normal', measures: list(measures).map(readMeasure) };
}

function readMeasure(answer: unknown): LoadMeasure {
  const { resource, value, unit, from, level, recent } = fields(answer);
  return {
    resource: text(resource) ?? '',
    value: number(value) ?? 0,
    unit: oneOf(unit, ['%', 'ms', 'bytes'] as const) ?? '%',
    from: number(from) ?? 0,
    level: oneOf(level, LEVELS) ?? 'normal',
    recent: list(recent).map((each) => number(each) ?? 0),
  };
}
