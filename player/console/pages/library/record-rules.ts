import { fields, list, optional, text } from '../../answers/answer-fields.ts';

/** A rule for streams whose recordings come into the library. */
export type RecordRule = {
  readonly id: string;
  /** `files`: each file becomes an asset; `composed`: all of a stream together, when it is over. */
  readonly as: string;
  readonly group?: string;
};

export function readRecordRules(answer: unknown): readonly RecordRule[] {
  return list(fields(answer).streamRules).flatMap((rule) => {
    const { id, record } = fields(rule);
    const { as, templateGroup } = fields(fields(record).assets);
    const how = text(as);
    if (how === undefined || how === 'off') return [];
    return [{ id: text(id) ?? '', as: how, ...optional('group', text(templateGroup)) }];
  });
}
