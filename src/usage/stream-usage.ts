import type { UsageDoor, UsageKind, UsageScope, UsageStream } from './usage-row.ts';
import { ViewerGauge } from './viewer-gauge.ts';

/** What a stream's usage is added up under, with the viewers of all its streams. */
export type ScopeUsage = UsageStream & {
  readonly scope: UsageScope;
  /** By door and template; the total has neither, a door no template. */
  readonly gauges: Map<string, ViewerGauge>;
};

/** One rendition at one door. */
export type Leaf = {
  readonly door: UsageDoor;
  readonly template: string;
  readonly plain: { bytes: number };
  readonly secure: { bytes: number };
  readonly viewers: ViewerGauge;
  sessions: number;
  /** The keys of the gauges, and rows, that it is part of: of a stream, and of what streams are added up under. */
  readonly streamKeys: readonly string[];
  readonly sumKeys: readonly string[];
};

export type Count = {
  readonly kind: UsageKind;
  readonly door: string;
  readonly template: string;
  readonly detail: string;
  bytes: number;
  seconds: number;
  count: number;
};

/** A stream that is not heard of for so long is forgotten. */
const IDLE_MS = 600_000;
const MAX_STREAMS = 50_000;
/** A name for streams that nobody has room for. */
const OTHERS = '';
/** The key of all doors and templates together. */
const TOTAL = '\n';

/** What was used of one stream since the minute began. */
export class StreamUsage {
  readonly leaves = new Map<string, Leaf>();
  readonly counts = new Map<string, Count>();
  /** By the rules of when they were last looked at; viewers stay where they were counted. */
  scopes: readonly ScopeUsage[];
  usedAtMs: number;

  constructor(scopes: readonly ScopeUsage[], nowMs: number) {
    this.scopes = scopes;
    this.usedAtMs = nowMs;
  }

  leaf(door: UsageDoor, template: string): Leaf {
    const key = `${door}\n${template}`;
    const known = this.leaves.get(key);
    if (known) return known;
    const viewers = new ViewerGauge(this.usedAtMs);
    const keys = { streamKeys: [TOTAL, key], sumKeys: [TOTAL, `${door}\n`, key] };
    const leaf: Leaf = { door, template, plain: { bytes: 0 }, secure: { bytes: 0 }, viewers, sessions: 0, ...keys };
    this.leaves.set(key, leaf);
    return leaf;
  }

  count(kind: UsageKind, door: string, template: string, detail: string): Count {
    const key = `${kind}\n${door}\n${template}\n${detail}`;
    const known = this.counts.get(key);
    if (known) return known;
    const count: Count = { kind, door, template, detail, bytes: 0, seconds: 0, count: 0 };
    this.counts.set(key, count);
    return count;
  }

  /** Counts a viewer in every scope; returns what counts him out of the same ones. */
  enter(door: UsageDoor, template: string, isNew: boolean, nowMs: number): (nowMs: number) => void {
    const leaf = this.leaf(door, template);
    if (isNew) leaf.sessions++;
    const gauges = [leaf.viewers, ...this.scopes.flatMap((scope) => gaugesOf(scope, leaf, nowMs))];
    for (const gauge of gauges) gauge.add(1, nowMs);
    return (atMs) => {
      for (const gauge of gauges) gauge.add(-1, atMs);
    };
  }

  get hasViewers(): boolean {
    return [...this.leaves.values()].some(({ viewers }) => viewers.viewers > 0);
  }

  reset(nowMs: number): void {
    for (const [key, leaf] of this.leaves) {
      const isUsed = leaf.plain.bytes > 0 || leaf.secure.bytes > 0 || leaf.viewers.viewers > 0;
      if (isUsed) this.usedAtMs = nowMs;
      leaf.plain.bytes = 0;
      leaf.secure.bytes = 0;
      leaf.sessions = 0;
      leaf.viewers.reset(nowMs);
      if (!isUsed && nowMs - this.usedAtMs > IDLE_MS) this.leaves.delete(key);
    }
    if (this.counts.size > 0) this.usedAtMs = nowMs;
    this.counts.clear();
  }
}

function gaugesOf({ scope, gauges }: ScopeUsage, leaf: Leaf, nowMs: number): ViewerGauge[] {
  return (scope === 'stream' ? leaf.streamKeys : leaf.sumKeys).map((key) => {
    const gauge = gauges.get(key) ?? new ViewerGauge(nowMs);
    gauges.set(key, gauge);
    return gauge;
  });
}

export type UsageStreamsOptions = {
  readonly tagsOf: (stream: UsageStream) => readonly string[];
  readonly maxStreams?: number;
};

/** The streams that something is counted of, and what they are added up under. */
export class UsageStreams {
  readonly #options: UsageStreamsOptions;
  readonly #streams = new Map<string, { readonly id: UsageStream; readonly usage: StreamUsage }>();
  readonly #scopes = new Map<string, ScopeUsage>();

  constructor(options: UsageStreamsOptions) {
    this.#options = options;
  }

  of(id: UsageStream, nowMs: number): StreamUsage {
    const key = keyOf(id);
    const known = this.#streams.get(key);
    if (known) return known.usage;
    const isFull = this.#streams.size >= (this.#options.maxStreams ?? MAX_STREAMS);
    if (isFull && id.stream !== OTHERS) return this.of({ ...id, app: '', stream: OTHERS }, nowMs);
    const usage = new StreamUsage(this.#scopesOf(id), nowMs);
    this.#streams.set(key, { id, usage });
    return usage;
  }

  *usages(): Generator<StreamUsage> {
    for (const { usage } of this.#streams.values()) yield usage;
  }

  *scopes(): Generator<ScopeUsage> {
    yield* this.#scopes.values();
  }

  reset(nowMs: number): void {
    for (const [key, { id, usage }] of this.#streams) {
      usage.reset(nowMs);
      if (!usage.hasViewers && nowMs - usage.usedAtMs > IDLE_MS) this.#streams.delete(key);
      else usage.scopes = this.#scopesOf(id);
    }
    const used = new Set([...this.#streams.values()].flatMap(({ usage }) => usage.scopes));
    for (const [key, scope] of this.#scopes) {
      for (const [gaugeKey, gauge] of scope.gauges) {
        gauge.reset(nowMs);
        if (gauge.viewers === 0) scope.gauges.delete(gaugeKey);
      }
      if (!used.has(scope) && scope.gauges.size === 0) this.#scopes.delete(key);
    }
  }

  #scopesOf(id: UsageStream): readonly ScopeUsage[] {
    const { domain, app } = id;
    const tags = this.#options.tagsOf(id);
    return [
      this.#scope('stream', id),
      this.#scope('app', { domain, app, stream: '' }),
      this.#scope('domain', { domain, app: '', stream: '' }),
      this.#scope('server', { domain: '', app: '', stream: '' }),
      ...tags.map((tag) => this.#scope('tag', { domain, app, stream: tag })),
    ];
  }

  #scope(scope: UsageScope, id: UsageStream): ScopeUsage {
    const key = `${scope}\n${keyOf(id)}`;
    const known = this.#scopes.get(key);
    if (known) return known;
    const usage: ScopeUsage = { scope, ...id, gauges: new Map() };
    this.#scopes.set(key, usage);
    return usage;
  }
}

function keyOf({ domain, app, stream }: UsageStream): string {
  return `${domain}\n${app}\n${stream}`;
}
