import { alarmProblems } from './alarm-problems.ts';
import { aliasesOf } from './aliases.ts';
import { backupHostProblems } from './backup-push.ts';
import { CompiledRules, type CompiledRulesOptions } from './compiled-rules.ts';
import { identityOf } from './identity.ts';
import { nearest } from './nearest.ts';
import { problemWords } from './problem-words.ts';
import { recordProblems } from './record-problems.ts';
import { recordedRenditionProblems } from './recorded-renditions.ts';
import { type Rules, rulesSchema } from './schema.ts';
import { type SchemaProblem, schemaProblems } from './schema-problems.ts';
import { templateProblems } from './template-problems.ts';
import { type WatermarkCheck, watermarkProblems } from './watermark-problems.ts';

/** One thing that is wrong with a rules document. */
export type RuleError = SchemaProblem;

export type Compilation =
  | { readonly ok: true; readonly rules: Rules; readonly compiled: CompiledRules }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

const NAMED = [
  ...(['domains', 'templates', 'templateGroups', 'watermarks', 'streamKeys', 'callbacks'] as const),
  ...(['mediaCallbacks', 'pulls', 'transfers'] as const),
  ...(['alarmChannels', 'alarmPolicies', 'prices', 'budgets', 'estimates'] as const),
] as const;

function repeatedNames(rules: Rules): RuleError[] {
  return NAMED.flatMap((kind) => {
    const seen = new Set<string>();
    return rules[kind].flatMap((object, index) => {
      const identity = identityOf(kind, object);
      const repeated = seen.has(identity);
      seen.add(identity);
      const field = 'name' in object ? 'name' : 'id';
      return repeated
        ? [{ path: `${kind}[${index}].${field}`, message: `${identity} is already there; choose another ${field}` }]
        : [];
    });
  });
}

/** Deliveries know their endpoint by its id alone. */
function sharedEndpoints({ callbacks, mediaCallbacks }: Rules): RuleError[] {
  const taken = new Set(callbacks.map(({ id }) => id));
  return mediaCallbacks.flatMap(({ id }, index) => {
    if (!taken.has(id)) return [];
    return [{ path: `mediaCallbacks[${index}].id`, message: `${id} is a callback of streams; choose another id` }];
  });
}

/** A host leads to one domain, whichever door it is used at. */
function sharedHosts(rules: Rules): RuleError[] {
  const owners = new Map<string, string>();
  const names = rules.domains.map(({ name }, index) => ({ host: name, domain: name, path: `domains[${index}].name` }));
  const others = rules.domains.flatMap((domain, index) =>
    Object.entries({ ingest: domain.ingest, aliases: aliasesOf(domain).map(({ name }) => name) }).flatMap(
      ([list, hosts]) =>
        hosts.map((host, at) => ({ host, domain: domain.name, path: `domains[${index}].${list}[${at}]` })),
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

/** What beside the document decides whether it is right. */
export type CompileOptions = CompiledRulesOptions & {
  /** These rules were in force before: what a later release's checks of recordings find is no reason to begin anew. */
  readonly wereInForce?: boolean;
  /** The names of the configuration's storages; left out, any name will do. */
  readonly storages?: readonly string[] | undefined;
  /** Left out, what watermarks are drawn with is not looked at. */
  readonly watermarkCheck?: WatermarkCheck | undefined;
};

/** Storages that streams name must be in the configuration. */
function storageErrors(rules: Rules, storages: readonly string[] | undefined): RuleError[] {
  if (storages === undefined) return [];
  return rules.streams.flatMap(({ snapshot, record, archive }, index) => {
    const named = {
      'snapshot.storage': snapshot?.storage,
      'record.storage': record?.storage,
      'record.coldStorage': record?.coldStorage,
      'archive.storage': archive?.storage,
    };
    return Object.entries(named).flatMap(([field, name = '']) => {
      if (name === '' || storages.includes(name)) return [];
      const near = nearest(name, storages);
      const remedy = near === undefined ? `the storages are ${storages.join(', ')}` : `did you mean ${near}?`;
      const message = `no storage of the configuration is called ${name}; ${remedy}`;
      return [{ path: `streams[${index}].${field}`, message }];
    });
  });
}

/** Parses and checks a whole document; nothing of it counts unless all of it is right. */
export function compileRules(input: unknown, around: CompileOptions = {}): Compilation {
  const { storages, watermarkCheck, wereInForce = false, ...options } = around;
  const parsed = rulesSchema.safeParse(input, { error: problemWords });
  if (!parsed.success) return { ok: false, errors: schemaProblems(rulesSchema, parsed.error) };
  const rules = parsed.data;
  const compiled = new CompiledRules(rules, options);
  const errors = [
    ...repeatedNames(rules),
    ...sharedEndpoints(rules),
    ...sharedHosts(rules),
    ...backupHostProblems(rules.domains),
    ...templateProblems(rules),
    ...watermarkProblems(rules, watermarkCheck),
    ...storageErrors(rules, storages),
    ...alarmProblems(rules),
    ...(wereInForce ? [] : recordedRenditionProblems(rules, compiled)),
    ...(wereInForce ? [] : recordProblems(rules, (...names) => compiled.settingsFor(...names))),
  ];
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, rules, compiled };
}
