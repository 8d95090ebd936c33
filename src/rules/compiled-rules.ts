import { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
import { HostIndex, hostUses } from './host-index.ts';
import { type HostVerdict, ingestVerdict, playbackVerdict, verdictOf } from './host-verdict.ts';
import { bySpecificity, matchesSubject, type Subject } from './match.ts';
import {
  type CallbackRule,
  type DomainRule,
  type Rules,
  type StreamKeyRule,
  type StreamRule,
  type StreamSettings,
  streamSettingsSchema,
  type TemplateGroupRule,
  type TemplateRule,
  type WatermarkRule,
} from './schema.ts';

/** Where an object of the rules comes from; `file` objects can only be changed in the rules file. */
export type Origin = 'file' | 'api';

/** The lists of the rules whose objects have an identity (name, match or id). */
export type ObjectKind =
  | 'domains'
  | 'streams'
  | 'templates'
  | 'templateGroups'
  | 'watermarks'
  | 'streamKeys'
  | 'callbacks'
  | 'mediaCallbacks'
  | 'alarmChannels'
  | 'alarmPolicies'
  | 'prices'
  | 'budgets'
  | 'estimates'
  | 'pulls'
  | 'transfers'
  | 'revoked';

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
  for (const { match: _, tags: __, ...groups } of overrides) {
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
  readonly #allHosts: HostIndex;
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
    const { playback, ingest } = hostUses(rules.domains);
    this.#allHosts = new HostIndex([...playback, ...ingest]);
    this.#ingestHosts = new HostIndex(ingest);
    this.#playbackHosts = new HostIndex(playback);
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

  /** Whose host it is, whatever it is used for. `host` as in a tcUrl or a Host header, with or without port. */
  domainForIngestHost(host: string): DomainRule | undefined {
    return this.#allHosts.find(host)?.domain ?? this.#fallback();
  }

  /** As for ingest, but ingest names do not count. */
  domainForPlaybackHost(host: string): DomainRule | undefined {
    return this.#playbackHosts.find(host)?.domain ?? this.#fallback();
  }

  /**
   * Where an encoder that names this host pushes to, or why it may not. With `vhost=` it names the domain, by any host
   * that the domain has, whatever it is connected to.
   */
  ingestHost(host: string, nowMs: number, isVhost = false): HostVerdict {
    const use = this.#allHosts.find(host);
    return isVhost ? verdictOf(use, this.#fallback(), nowMs) : ingestVerdict(use, this.#fallback(), nowMs);
  }

  /** Where a viewer who uses this host plays from, or why they may not. */
  playbackHost(host: string, nowMs: number): HostVerdict {
    const use = this.#playbackHosts.find(host);
    return playbackVerdict(use, use ?? this.#ingestHosts.find(host), this.#fallback(), nowMs);
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

  /** The rules that make the settings of a stream, the most specific last. */
  streamRulesFor(domain: string, app: string, stream: string): readonly StreamRule[] {
    return this.#matching(this.#streams, { domain, app, stream });
  }

  /** The tags of a stream: those of its domain, and of the rules that match it, the most specific last. */
  tagsFor(domain: string, app: string, stream: string): Readonly<Record<string, string>> {
    const rules = this.#matching(this.#streams, { domain, app, stream });
    return Object.assign({}, this.domain(domain)?.tags, ...rules.map(({ tags }) => tags));
  }

  /** A template of the rules, or a built-in one. */
  template(name: string): TemplateRule | undefined {
    return this.rules.templates.find((each) => each.name === name) ?? BUILT_IN_TEMPLATES.get(name);
  }

  templateGroup(name: string): TemplateGroupRule | undefined {
    return this.rules.templateGroups.find((each) => each.name === name);
  }

  /** The templates that a stream gets: those it names, and those of its groups. */
  templatesOf({ templates, groups }: StreamSettings['transcode']): TemplateRule[] {
    const ofGroups = groups.flatMap((name) => this.templateGroup(name)?.templates ?? []);
    return [...new Set([...templates, ...ofGroups])].flatMap((name) => this.template(name) ?? []);
  }

  watermark(name: string): WatermarkRule | undefined {
    return this.rules.watermarks.find((each) => each.name === name);
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
