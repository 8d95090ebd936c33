import { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
import { nearest } from './nearest.ts';
import type { Rules } from './schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

/** FFmpeg makes this many renditions of one stream at most. */
const MOST_RENDITIONS = 8;

/** Templates and groups that are named must exist, and names that others have are left to them. */
export function templateProblems(rules: Rules): SchemaProblem[] {
  const own = rules.templates.map(({ name }) => name);
  const templates = [...BUILT_IN_TEMPLATES.keys(), ...own];
  const groups = rules.templateGroups.map(({ name }) => name);
  const redefined = own.flatMap((name, index) =>
    BUILT_IN_TEMPLATES.has(name)
      ? [{ path: `templates[${index}].name`, message: `${name} is a built-in template; choose another name` }]
      : [],
  );
  const shared = groups.flatMap((name, index) =>
    templates.includes(name)
      ? [{ path: `templateGroups[${index}].name`, message: `${name} is a template's name too; choose another name` }]
      : [],
  );
  const inGroups = rules.templateGroups.flatMap((group, index) =>
    unknown('template', group.templates, templates, `templateGroups[${index}].templates`),
  );
  const inStreams = rules.streams.flatMap(({ transcode, record }, index) => [
    ...unknown('template', transcode?.templates ?? [], templates, `streams[${index}].transcode.templates`),
    ...unknown('template', transcode?.eager ?? [], templates, `streams[${index}].transcode.eager`),
    ...unknown('template group', transcode?.groups ?? [], groups, `streams[${index}].transcode.groups`),
    ...(record?.renditions ?? []).flatMap((rendition, at) =>
      unknown('template', rendition.templates, templates, `streams[${index}].record.renditions[${at}].templates`),
    ),
  ]);
  return [...redefined, ...shared, ...inGroups, ...inStreams, ...tooMany(rules)];
}

function unknown(kind: string, names: readonly string[], known: readonly string[], path: string): SchemaProblem[] {
  return names.flatMap((name, at) => {
    if (known.includes(name)) return [];
    const near = nearest(name, known);
    const others = known.length === 0 ? `there is no ${kind}` : `the ${kind}s are ${known.join(', ')}`;
    const remedy = near === undefined ? others : `did you mean ${near}?`;
    return [{ path: `${path}[${at}]`, message: `no ${kind} is called ${name}; ${remedy}` }];
  });
}

/** Templates and groups of one rule together. */
function tooMany(rules: Rules): SchemaProblem[] {
  return rules.streams.flatMap(({ transcode }, index) => {
    const groups = rules.templateGroups.filter(({ name }) => transcode?.groups?.includes(name));
    const names = new Set([...(transcode?.templates ?? []), ...groups.flatMap((group) => group.templates)]);
    if (names.size <= MOST_RENDITIONS) return [];
    const message = `makes ${names.size} renditions with those of its templates; ${MOST_RENDITIONS} is the most`;
    return [{ path: `streams[${index}].transcode.groups`, message }];
  });
}
