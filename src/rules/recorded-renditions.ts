import type { CompiledRules } from './compiled-rules.ts';
import { compareMatches, mayBothMatch } from './match.ts';
import type { Rules, StreamRule, StreamSettings } from './schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

/** Templates whose renditions are to be recorded of a stream that does not get them: nothing of them is recorded. */
export function unmadeRenditions(
  { record, transcode }: Pick<StreamSettings, 'record' | 'transcode'>,
  rules: Pick<CompiledRules, 'templatesOf'>,
): string[] {
  if (!record.enabled) return [];
  const made = rules.templatesOf(transcode).map(({ name }) => name);
  return record.renditions.flatMap(({ templates }) => templates.filter((name) => !made.includes(name)));
}

/** Renditions that a rule records and that no rule makes, of any stream that it is for. */
export function recordedRenditionProblems(rules: Rules, compiled: Pick<CompiledRules, 'template'>): SchemaProblem[] {
  return rules.streams.flatMap((rule, index) =>
    (rule.record?.renditions ?? []).flatMap(({ templates }, at) =>
      templates.flatMap((name, place) => {
        if (compiled.template(name) === undefined || isMade(name, rule, rules)) return [];
        const path = `streams[${index}].record.renditions[${at}].templates[${place}]`;
        const remedy = 'add it to transcode.templates, or take it out here';
        return [{ path, message: `these streams have no rendition ${name}, and nothing would be recorded; ${remedy}` }];
      }),
    ),
  );
}

function isMade(template: string, recording: StreamRule, { streams, templateGroups }: Rules): boolean {
  const groups = templateGroups.filter(({ templates }) => templates.includes(template)).map(({ name }) => name);
  return streams.some((rule) => {
    if (!mayBothMatch(rule.match, recording.match)) return false;
    const isOverruled = compareMatches(rule.match, recording.match) < 0;
    const listed = (field: 'templates' | 'groups') =>
      isOverruled && recording.transcode?.[field] ? [] : (rule.transcode?.[field] ?? []);
    return listed('templates').includes(template) || listed('groups').some((name) => groups.includes(name));
  });
}
