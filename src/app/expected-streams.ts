import type { ExpectedStream } from '../alarm/index.ts';
import { isOpenAt } from '../record/index.ts';
import { type CompiledRules, matchesPattern } from '../rules/index.ts';

/** The streams that the rules expect at a time. */
export function expectedStreams(compiled: CompiledRules, wallMs: number): ExpectedStream[] {
  const found = new Map<string, ExpectedStream>();
  for (const { match, alarms } of compiled.rules.streams) {
    if (alarms?.expected === undefined) continue;
    const domain = domainOf(compiled, match.domain);
    const { app, stream } = match;
    const { expected, schedule, offlineSeconds } = compiled.settingsFor(domain, app, stream).alarms;
    const isExpected =
      expected === 'always' || (expected === 'schedule' && schedule.some((each) => isOpenAt(each, wallMs)));
    if (isExpected) found.set(`${domain}\n${app}\n${stream}`, { domain, app, stream, offlineSeconds });
  }
  return [...found.values()];
}

/** Where a pattern stands for one domain only, that one. */
function domainOf({ rules }: CompiledRules, pattern: string): string {
  const lower = pattern.toLowerCase();
  const matching = rules.domains.filter(({ name }) => matchesPattern(lower, name));
  return matching.length === 1 ? (matching[0]?.name ?? lower) : lower;
}
