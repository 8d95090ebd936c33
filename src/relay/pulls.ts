import type { StreamId } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import { matchesSubject, type PullRule } from '../rules/index.ts';
import { filledIn } from './address.ts';
import { Pull, type PullOptions, type PullOverview } from './pull.ts';
import { isOpen } from './window.ts';

export type PullsOptions = Pick<PullOptions, 'clock' | 'entrance' | 'open' | 'onChange'> & {
  readonly rules: () => readonly PullRule[];
  /** Which of several nodes fetches what is always fetched. */
  readonly claims: {
    /** These are to be fetched by somebody. */
    want(names: readonly string[]): void;
    isOurs(name: string): boolean;
  };
  readonly viewersOf: (id: StreamId) => number;
};

/** A rule, and what became of it on this node. */
export type PullStatus = {
  readonly rule: PullRule;
  /** `off`: switched off, or not its time; `elsewhere`: another node fetches it; `idle`: lazy and nobody watches. */
  readonly state: 'off' | 'elsewhere' | 'idle' | 'running';
  readonly pulls: readonly PullOverview[];
};

type Running = {
  readonly rule: PullRule;
  readonly id: StreamId;
  readonly pull: Pull;
  /** When somebody last watched, in time that only goes forward. */
  watchedMs: number;
};

const LOOK_MS = 1000;
/** A name that gave nothing is not asked for again at once, whoever wants to see it. */
const GIVEN_UP_MS = 10_000;
/** How long a lazy pull may try before it is given up. */
const LAZY_TRY_MS = 30_000;

/** All streams that are fetched by this node. */
export class Pulls {
  readonly #options: PullsOptions;
  readonly #running = new Map<string, Running>();
  readonly #givenUpMs = new Map<string, number>();
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(options: PullsOptions) {
    this.#options = options;
    this.#look();
  }

  /** Somebody wants to watch a stream that is not live; says whether it is being fetched now. */
  want(id: StreamId): boolean {
    if (this.#isClosed) return false;
    const rule = this.#lazyRuleOf(id);
    const running = this.#runningOf(id, rule?.as);
    if (running) {
      running.watchedMs = this.#options.clock.nowMs();
      return true;
    }
    if (!rule || this.#isGivenUp(id)) return false;
    const ofRule = [...this.#running.values()].filter((each) => each.rule.name === rule.name);
    if (ofRule.length >= rule.maxStreams) return false;
    this.#begin(rule, id);
    return true;
  }

  /** To be called when the rules have changed. */
  reconcile(): void {
    if (this.#isClosed) return;
    const rules = new Map(this.#options.rules().map((rule) => [rule.name, rule]));
    for (const running of [...this.#running.values()]) {
      const rule = rules.get(running.rule.name);
      const isSame = rule !== undefined && JSON.stringify(rule) === JSON.stringify(running.rule);
      if (!isSame || !this.#mayRun(rule)) this.#end(running);
    }
    const always = [...rules.values()].filter((rule) => rule.mode === 'always' && this.#isOn(rule));
    this.#options.claims.want(always.map(({ name }) => name));
    for (const rule of always) {
      const id = idOf(rule);
      if (this.#mayRun(rule) && !this.#running.has(keyOf(id, rule.as))) this.#begin(rule, id);
    }
  }

  statuses(): PullStatus[] {
    return this.#options.rules().map((rule) => {
      const pulls = [...this.#running.values()].filter((each) => each.rule.name === rule.name);
      return { rule, state: this.#stateOf(rule, pulls.length), pulls: pulls.map(({ pull }) => pull.overview()) };
    });
  }

  /** How the stream is fetched; undefined where it is not. */
  of(id: StreamId): PullOverview | undefined {
    return this.#runningOf(id)?.pull.overview();
  }

  /** Begins all streams of a rule anew; says how many. */
  restart(name: string): number {
    const running = [...this.#running.values()].filter(({ rule }) => rule.name === name);
    for (const { pull } of running) pull.restart();
    return running.length;
  }

  /** This server stops; its streams go on elsewhere, or when it is back. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
    for (const running of [...this.#running.values()]) this.#end(running, true);
  }

  #look(): void {
    this.reconcile();
    this.#endUnwatched();
    this.#cancel = this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  #endUnwatched(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const running of [...this.#running.values()]) {
      const { rule, id, pull } = running;
      if (rule.mode !== 'lazy') continue;
      if (pull.isLive && this.#options.viewersOf(id) > 0) running.watchedMs = nowMs;
      const lingerMs = pull.isLive ? rule.lingerSeconds * 1000 : Math.max(LAZY_TRY_MS, rule.lingerSeconds * 1000);
      if (nowMs - running.watchedMs < lingerMs) continue;
      if (!pull.isLive) this.#givenUpMs.set(streamKey(id), nowMs);
      this.#end(running);
    }
    for (const [key, atMs] of this.#givenUpMs) if (nowMs - atMs > GIVEN_UP_MS) this.#givenUpMs.delete(key);
  }

  /** That of the main source before that of the backup. */
  #runningOf(id: StreamId, as?: PullRule['as']): Running | undefined {
    const byRule = as && this.#running.get(keyOf(id, as));
    return byRule ?? this.#running.get(keyOf(id, 'main')) ?? this.#running.get(keyOf(id, 'backup'));
  }

  #isGivenUp(id: StreamId): boolean {
    return this.#givenUpMs.has(streamKey(id));
  }

  #lazyRuleOf({ domain, app, name: stream }: StreamId): PullRule | undefined {
    const subject = { domain, app, stream };
    return this.#options
      .rules()
      .find((rule) => rule.mode === 'lazy' && this.#isOn(rule) && matchesSubject(rule.match, subject));
  }

  #isOn(rule: PullRule): boolean {
    return rule.enabled && isOpen(rule, this.#options.clock.wallMs());
  }

  #mayRun(rule: PullRule): boolean {
    return this.#isOn(rule) && (rule.mode === 'lazy' || this.#options.claims.isOurs(rule.name));
  }

  #stateOf(rule: PullRule, running: number): PullStatus['state'] {
    if (running > 0) return 'running';
    if (!this.#isOn(rule)) return 'off';
    return rule.mode === 'lazy' ? 'idle' : 'elsewhere';
  }

  #begin(rule: PullRule, id: StreamId): void {
    const { clock, entrance, open, onChange } = this.#options;
    const urls = rule.sources.map(({ url }) => filledIn(url, id));
    const pull = new Pull({ name: rule.name, id, role: rule.as, urls, clock, entrance, open, onChange });
    this.#running.set(keyOf(id, rule.as), { rule, id, pull, watchedMs: clock.nowMs() });
  }

  #end({ rule, id, pull }: Running, goesOn = false): void {
    this.#running.delete(keyOf(id, rule.as));
    pull.close(goesOn);
  }
}

function keyOf(id: StreamId, as: PullRule['as']): string {
  return `${as}\n${streamKey(id)}`;
}

function idOf({ match: { domain, app, stream } }: PullRule): StreamId {
  return { domain: domain.toLowerCase(), app, name: stream };
}
