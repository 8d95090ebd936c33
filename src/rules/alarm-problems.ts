import type { Rules } from './schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

/** Nobody can tell which streams of a pattern are missing, so what is expected has a name. */
export function alarmProblems({ streams }: Pick<Rules, 'streams'>): SchemaProblem[] {
  return streams.flatMap(({ match, alarms }, index) => {
    const isExpected = alarms?.expected !== undefined && alarms.expected !== 'no';
    if (!isExpected) return [];
    const path = `streams[${index}].alarms`;
    if (`${match.app}${match.stream}`.includes('*')) {
      const message =
        'needs a rule that matches one app and one stream by name, without *; make a rule for each stream';
      return [{ path: `${path}.expected`, message }];
    }
    if (alarms?.expected === 'schedule' && (alarms.schedule ?? []).length === 0) {
      return [{ path: `${path}.schedule`, message: 'is needed with `schedule`: when the stream is expected' }];
    }
    return [];
  });
}
