import { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
import { HostIndex } from './host-index.ts';
import { bySpecificity, matchesSubject, type Subject } from './match.ts';
import {
  type CallbackRule,
  type DomainRule,
  type Rules,
  type StreamKeyRule,
  type StreamRule,
  type StreamSettings,
  streamSettingsSchema,
  type TemplateRule,
} from './schema.ts';

/** Where an object of the rules comes from; `file` objects can only be changed in the rules file. */
export type Origin = 'file' | 'api';

/** The lists of the rules whose objects have an identity (name, match or id). */
export type ObjectKind = 'domains' | 'streams' | 'templates' | 'streamKeys' | 'callbacks' | 'revoked';

export type CompiledRulesOptions = {
  /** The number in the revision store; 0 when the rules were never stored there. */
  readonly revision?: number;
  readonly originOf?: (kind: ObjectKind, identity: string) => Origin;
};

const MEMO_ENTRIES = 10_000;

const DEFAULT_SETTINGS = streamSettingsSchema.parse({});

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

function merged(overrides: readonly StreamRule[]): StreamSettings {
  const settings = structuredClone(DEFAULT_SETTINGS) as Record<string, object>;
  for (const { match: _, ...groups } of overrides) {
    for (const [group, fields] of Object.entries(groups)) {
      const given = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
      settings[group] = { ...settings[group], ...Object.fromEntries(given) };
    }
  }
  return freeze(settings as StreamSettings);
}

/** One revision of the rules, ready to be asked. Immutable, and so is everything it gives out. */
export class CompiledRules {
  readonly rules: Rules;
  readonly revision: number;
  /** `identity` is the domain's name, the id, or `identityOf` of the object. */
  readonly originOf: (kind: ObjectKind, identity: string) => Origin;
  readonly #ingestHosts: HostIndex;
  readonly #playbackHosts: HostIndex;
  readonly #byName: ReadonlyMap<string, DomainRule>;
  readonly #streams: readonly StreamRule[];
  readonly #callbacks: readonly CallbackRule[];
  readonly #streamKeys: readonly StreamKeyRule[];
  readonly #settings = new Map<string, StreamSettings>();

  constructor(rules: Rules, options: CompiledRulesOptions = {}) {
    this.rules = freeze(rules);
    this.revision = options.revision ?? 0;
    this.originOf = options.originOf ?? (() => 'api');
    const playback = (domain: DomainRule) => [domain.name, ...domain.aliases];
    this.#ingestHosts = new HostIndex(rules.domains, (domain) => [...domain.ingest, ...playback(domain)]);
    this.#playbackHosts = new HostIndex(rules.domains, playback);
    this.#byName = new Map(rules.domains.map((domain) => [domain.name, domain]));
    this.#streams = bySpecificity(rules.streams);
    this.#callbacks = bySpecificity(rules.callbacks);
    const revoked = new Set(rules.revoked.flatMap((each) => ('streamKey' in each ? [each.streamKey] : [])));
    this.#streamKeys = bySpecificity(rules.streamKeys.filter((each) => !revoked.has(each.id)));
  }

  /** The domain with exactly this name, as a stream's identity carries it. */
  domain(name: string): DomainRule | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** `host` as in a tcUrl, `vhost=` or a Host header, with or without port. Undefined: refuse the publisher. */
  domainForIngestHost(host: string): DomainRule | undefined {
    return this.#ingestHosts.find(host) ?? this.#fallback();
  }

  /** As for ingest, but ingest names do not count. Undefined: refuse the viewer. */
  domainForPlaybackHost(host: string): DomainRule | undefined {
    return this.#playbackHosts.find(host) ?? this.#fallback();
  }

  /** Complete settings, merged field by field. The same object for the same stream, for as long as it is remembered. */
  settingsFor(domain: string, app: string, stream: string): StreamSettings {
    const key = `${domain.length} ${app.length} ${domain}${app}${stream}`;
    const known = this.#settings.get(key);
    if (known !== undefined) return known;
    const settings = merged(this.#matching(this.#streams, { domain, app, stream }));
    if (this.#settings.size >= MEMO_ENTRIES) this.#settings.delete(this.#settings.keys().next().value ?? '');
    this.#settings.set(key, settings);
    return settings;
  }

  /** A template of the rules, or a built-in one. */
  template(name: string): TemplateRule | undefined {
    return this.rules.templates.find((each) => each.name === name) ?? BUILT_IN_TEMPLATES.get(name);
  }

  /** Every endpoint that wants to hear of the stream, the most specific last. */
  callbacksFor(domain: string, app: string, stream: string): readonly CallbackRule[] {
    return this.#matching(this.#callbacks, { domain, app, stream });
  }

  /** Every key that may publish the stream, revoked ones left out, the most specific last. */
  streamKeysFor(domain: string, app: string, stream: string): readonly StreamKeyRule[] {
    return this.#matching(this.#streamKeys, { domain, app, stream });
  }

  #matching<T extends StreamRule | CallbackRule | StreamKeyRule>(rules: readonly T[], subject: Subject): T[] {
    return rules.filter((rule) => matchesSubject(rule.match, subject));
  }

  #fallback(): DomainRule | undefined {
    return this.rules.unknownHosts === 'default' ? this.#byName.get('default') : undefined;
  }
}
