import type { Clock } from '../live/index.ts';
import type { Measure, Resource } from './measure.ts';
import { RecentMeasures } from './recent.ts';

/** What is done without, one after the other: each level includes those before it. Publishers stay at any. */
export const LEVELS = [
  'normal',
  /** Pictures for previews rest, and no step of a job begins. */
  'previews',
  /** No further rendition is encoded. */
  'new-renditions',
  /** Renditions that only run for their viewers end. */
  'lazy-renditions',
  /** The topmost renditions end, one of each stream after the other, but for the last. */
  'top-renditions',
  /** Viewers who are not there yet are refused. */
  'new-viewers',
  /** Publishers whose stream is not there yet are refused. */
  'new-publishers',
] as const;

export type LoadLevel = (typeof LEVELS)[number];

export type GovernorOptions = {
  readonly clock: Clock;
  /** Where each of the levels after `normal` begins, for each resource; one that is not named is not looked at. */
  readonly thresholds: Readonly<Partial<Record<Resource, readonly number[]>>>;
  readonly onChange: (level: LoadLevel, reason: string | undefined) => void;
};

export type Pressure = Measure & {
  /** Where this alone would lead, at once. */
  readonly level: LoadLevel;
  /** Where the first level begins. */
  readonly from: number;
};

/** A level more at the earliest after it was called for that long, and a level less after a longer time of rest. */
const CLIMB_MS = 5000;
const REST_MS = 30_000;
/** What is called for again just below a threshold is not over. */
const RELEASED = 0.95;

/**
 * The one place that says what is done without, so that what runs is not hurt by what is new.
 *
 * It climbs a level at a time and comes down more slowly: what was let go of brings load when it comes back.
 */
export class Governor {
  readonly #options: GovernorOptions;
  #level = 0;
  readonly #recent = new RecentMeasures();
  #pressures: readonly Pressure[] = [];
  #reason: string | undefined;
  #calledSinceMs: number | undefined;
  #restingSinceMs: number | undefined;

  constructor(options: GovernorOptions) {
    this.#options = options;
  }

  get level(): LoadLevel {
    return LEVELS[this.#level] ?? 'normal';
  }

  /** In words, what led to the level; undefined at the lowest. */
  get reason(): string | undefined {
    return this.#level === 0 ? undefined : this.#reason;
  }

  get pressures(): readonly Pressure[] {
    return this.#pressures;
  }

  /** What was measured over the last minutes, every five seconds, the newest last. */
  recent(resource: Resource): readonly number[] {
    return this.#recent.of(resource);
  }

  /** Why this is done without now; undefined where it is not. */
  without(what: Exclude<LoadLevel, 'normal'>): string | undefined {
    return this.#level >= LEVELS.indexOf(what) ? `the server is busy: ${this.#reason}` : undefined;
  }

  /** To be told of everything that is measured, about once a second. */
  take(measures: readonly Measure[]): void {
    const nowMs = this.#options.clock.nowMs();
    this.#recent.take(measures);
    this.#pressures = measures.flatMap((each) => this.#pressureOf(each) ?? []);
    const called = Math.max(0, ...this.#pressures.map(({ level }) => LEVELS.indexOf(level)));
    const held = Math.max(0, ...measures.map((each) => this.#rankOf(each, RELEASED)));
    const atOnce = Math.max(
      0,
      ...this.#pressures.filter(({ isHard }) => isHard).map(({ level }) => LEVELS.indexOf(level)),
    );
    this.#calledSinceMs = called > this.#level ? (this.#calledSinceMs ?? nowMs) : undefined;
    this.#restingSinceMs = held < this.#level ? (this.#restingSinceMs ?? nowMs) : undefined;
    if (called >= this.#level && called > 0) this.#reason = this.#wordsFor(called);
    if (atOnce > this.#level) this.#go(atOnce);
    else if (this.#calledSinceMs !== undefined && nowMs - this.#calledSinceMs >= CLIMB_MS) this.#go(this.#level + 1);
    else if (this.#restingSinceMs !== undefined && nowMs - this.#restingSinceMs >= REST_MS) this.#go(this.#level - 1);
  }

  #go(level: number): void {
    this.#level = level;
    this.#calledSinceMs = undefined;
    this.#restingSinceMs = undefined;
    this.#options.onChange(this.level, this.reason);
  }

  #pressureOf(measure: Measure): Pressure | undefined {
    const from = this.#options.thresholds[measure.resource]?.[0];
    if (from === undefined) return undefined;
    return { ...measure, from, level: LEVELS[this.#rankOf(measure, 1)] ?? 'normal' };
  }

  /** How many thresholds it is at, with each of them lowered by a factor. */
  #rankOf({ resource, value, isFree }: Measure, factor: number): number {
    const thresholds = this.#options.thresholds[resource] ?? [];
    // Of what is free, less is worse.
    return thresholds.filter((each) => (isFree ? value <= each / factor : value >= each * factor)).length;
  }

  #wordsFor(rank: number): string {
    return this.#pressures
      .filter(({ level }) => LEVELS.indexOf(level) === rank)
      .map(({ words }) => words)
      .join(' and ');
  }
}
