import { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
import { CompiledRules, type CompiledRulesOptions } from './compiled-rules.ts';
import { identityOf } from './identity.ts';
import { nearest } from './nearest.ts';
import { type Rules, rulesSchema } from './schema.ts';
import { type SchemaProblem, schemaProblems } from './schema-problems.ts';

/** One thing that is wrong with a rules document. */
export type RuleError = SchemaProblem;

export type Compilation =
  | { readonly ok: true; readonly rules: Rules; readonly compiled: CompiledRules }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

function repeatedNames(rules: Rules): RuleError[] {
  return (['domains', 'templates', 'streamKeys', 'callbacks'] as const).flatMap((kind) => {
    const seen = new Set<string>();
    return rules[kind].flatMap((object, index) => {
      const identity = identityOf(kind, object);
      const repeated = seen.has(identity);
      seen.add(identity);
      const field = kind === 'domains' || kind === 'templates' ? 'name' : 'id';
      return repeated
        ? [{ path: `${kind}[${index}].${field}`, message: `${identity} is already there; choose another ${field}` }]
        : [];
    });
  });
}

/** A host leads to one domain, whichever door it is used at. */
function sharedHosts(rules: Rules): RuleError[] {
  const owners = new Map<string, string>();
  const names = rules.domains.map(({ name }, index) => ({ host: name, domain: name, path: `domains[${index}].name` }));
  const others = rules.domains.flatMap((domain, index) =>
    (['ingest', 'aliases'] as const).flatMap((list) =>
      domain[list].map((host, at) => ({ host, domain: domain.name, path: `domains[${index}].${list}[${at}]` })),
    ),
  );
  return [...names, ...others].flatMap(({ host, domain, path }) => {
    const owner = owners.get(host) ?? domain;
    owners.set(host, owner);
    return owner === domain
      ? []
      : [{ path, message: `${host} already leads to the domain ${owner}; remove it from one of the two` }];
  });
}

/** Templates that streams name must exist, and the built-in ones stay what they are. */
function templateErrors(rules: Rules): RuleError[] {
  const known = [...BUILT_IN_TEMPLATES.keys(), ...rules.templates.map(({ name }) => name)];
  const redefined = rules.templates.flatMap(({ name }, index) =>
    BUILT_IN_TEMPLATES.has(name)
      ? [{ path: `templates[${index}].name`, message: `${name} is a built-in template; choose another name` }]
      : [],
  );
  const unknown = rules.streams.flatMap(({ transcode }, index) =>
    (transcode?.templates ?? []).flatMap((name, at) => {
      if (known.includes(name)) return [];
      const near = nearest(name, known);
      const remedy = near === undefined ? `the templates are ${known.join(', ')}` : `did you mean ${near}?`;
      return [
        { path: `streams[${index}].transcode.templates[${at}]`, message: `no template is called ${name}; ${remedy}` },
      ];
    }),
  );
  return [...redefined, ...unknown];
}

/** Parses and checks a whole document; nothing of it counts unless all of it is right. */
export function compileRules(input: unknown, options: CompiledRulesOptions = {}): Compilation {
  const parsed = rulesSchema.safeParse(input);
  if (!parsed.success) return { ok: false, errors: schemaProblems(rulesSchema, parsed.error) };
  const rules = parsed.data;
  const errors = [...repeatedNames(rules), ...sharedHosts(rules), ...templateErrors(rules)];
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, rules, compiled: new CompiledRules(rules, options) };
}
