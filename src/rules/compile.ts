import { CompiledRules, type CompiledRulesOptions } from './compiled-rules.ts';
import { identityOf } from './identity.ts';
import { type Rules, rulesSchema } from './schema.ts';
import { type SchemaProblem, schemaProblems } from './schema-problems.ts';

/** One thing that is wrong with a rules document. */
export type RuleError = SchemaProblem;

export type Compilation =
  | { readonly ok: true; readonly rules: Rules; readonly compiled: CompiledRules }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

function repeatedNames(rules: Rules): RuleError[] {
  return (['domains', 'streamKeys', 'callbacks'] as const).flatMap((kind) => {
    const seen = new Set<string>();
    return rules[kind].flatMap((object, index) => {
      const identity = identityOf(kind, object);
      const repeated = seen.has(identity);
      seen.add(identity);
      const field = kind === 'domains' ? 'name' : 'id';
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

/** Parses and checks a whole document; nothing of it counts unless all of it is right. */
export function compileRules(input: unknown, options: CompiledRulesOptions = {}): Compilation {
  const parsed = rulesSchema.safeParse(input);
  if (!parsed.success) return { ok: false, errors: schemaProblems(rulesSchema, parsed.error) };
  const rules = parsed.data;
  const errors = [...repeatedNames(rules), ...sharedHosts(rules)];
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, rules, compiled: new CompiledRules(rules, options) };
}
