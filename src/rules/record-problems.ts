import type { CompiledRules } from './compiled-rules.ts';
import type { Rules, StreamSettings } from './schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

const LONGEST_MS = 7 * 86_400_000;

type RecordSettings = StreamSettings['record'];
type Field = keyof RecordSettings;

type Check = {
  /** The fields that it is about; the first is named. */
  readonly fields: readonly [Field, ...Field[]];
  readonly problem: (settings: RecordSettings) => string | undefined;
};

const CHECKS: readonly Check[] = [
  {
    fields: ['formats', 'renditions', 'enabled'],
    problem: ({ enabled, formats, renditions }) =>
      enabled && formats.length === 0 && renditions.every((each) => each.formats.length === 0)
        ? 'names no format, so that nothing would be recorded; name one, such as mp4'
        : undefined,
  },
  {
    fields: ['renditions'],
    problem: ({ renditions }) => {
      const names = renditions.flatMap(({ templates }) => templates);
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      return twice && `names the template ${twice} twice; put all its formats into one entry`;
    },
  },
  {
    fields: ['onDemandUrl', 'onDemand'],
    problem: ({ onDemand, onDemandUrl }) =>
      onDemand === 'callback' && onDemandUrl === ''
        ? 'is missing, and without it onDemand: callback records nothing; name the URL to ask'
        : undefined,
  },
  { fields: ['startTime', 'endTime'], problem: ({ startTime, endTime }) => periodProblem(startTime, endTime) },
  {
    fields: ['schedule', 'onDemand'],
    problem: ({ onDemand, schedule }) =>
      onDemand === 'manual' && schedule.length > 0
        ? 'has no meaning with onDemand: manual, where commands begin recordings; leave one of the two out'
        : undefined,
  },
  {
    fields: ['coldStorage', 'coldAfterDays'],
    problem: ({ coldAfterDays, coldStorage }) =>
      coldAfterDays > 0 && coldStorage === '' ? 'is missing; name the storage that files move to' : undefined,
  },
  {
    fields: ['coldStorage', 'storage'],
    problem: ({ storage, coldStorage }) =>
      coldStorage === storage ? 'is where the files are already; name another storage' : undefined,
  },
  {
    fields: ['coldAfterDays', 'keepDays'],
    problem: ({ coldAfterDays, keepDays }) =>
      keepDays > 0 && coldAfterDays >= keepDays
        ? `must be less than keepDays (${keepDays}), after which the files are deleted`
        : undefined,
  },
];

/** Recordings that could never come about, looked at with what each rule inherits. */
export function recordProblems(rules: Rules, settingsFor: CompiledRules['settingsFor']): SchemaProblem[] {
  return rules.streams.flatMap(({ match, record }, index) => {
    if (record === undefined) return [];
    const complete = settingsFor(match.domain, match.app, match.stream).record;
    return CHECKS.filter(({ fields }) => fields.some((field) => record[field] !== undefined)).flatMap((check) => {
      const message = check.problem(complete);
      return message === undefined ? [] : [{ path: `streams[${index}].record.${check.fields[0]}`, message }];
    });
  });
}

function periodProblem(startTime: string, endTime: string): string | undefined {
  if (startTime === '' && endTime === '') return undefined;
  if (startTime === '' || endTime === '') return 'and endTime belong together; give both or none';
  const lengthMs = Date.parse(endTime) - Date.parse(startTime);
  if (lengthMs <= 0) return 'must be before endTime';
  return lengthMs > LONGEST_MS
    ? 'and endTime are more than seven days apart; record the rest by another rule'
    : undefined;
}
