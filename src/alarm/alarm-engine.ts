import { randomUUID } from 'node:crypto';
import { ALARM_SEVERITIES, type AlarmChannelRule, type AlarmPolicyRule, type AlarmSeverity } from '../rules/index.ts';
import type { AlarmTables } from '../store/index.ts';
import type { Alarm } from './alarm.ts';
import { type AlarmBook, openKey } from './alarm-book.ts';
import { tellCleared, tellRaised } from './alarm-notices.ts';
import { policyOf } from './code-table.ts';
import type { Condition, Observation } from './conditions/index.ts';
import { Holding } from './holding.ts';
import { silenceOf } from './silences.ts';

/** A database that is slow to answer counts as away for so long as it is. */
const DATABASE_PATIENCE_MS = 3000;
const MOST_OPEN = 1000;

export type AlarmEngineOptions = {
  readonly book: AlarmBook;
  readonly tables: Pick<AlarmTables, 'isReady' | 'raise' | 'clear'>;
  readonly conditions: readonly Condition[];
  readonly policies: () => readonly AlarmPolicyRule[];
  readonly channels: () => readonly AlarmChannelRule[];
  readonly nodeId: string;
  readonly node: string;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Keeps it as an event; resolves when it is on the disk. To be told of the same twice changes nothing. */
  readonly event: (kind: 'alarm_raised' | 'alarm_cleared', alarm: Alarm) => Promise<void>;
  readonly onError: (error: unknown, what: string) => void;
};

type Seen = Observation & { readonly scope: 'node' | 'cluster'; readonly key: string };

/** Looks at the conditions, and raises and clears alarms: each once, over restarts, nodes and times without a database. */
export class AlarmEngine {
  readonly #options: AlarmEngineOptions;
  readonly #holding = new Holding();
  /** Alarms whose event waits for a disk that does not take it. */
  readonly #onTheirWay = new Set<string>();

  constructor(options: AlarmEngineOptions) {
    this.#options = options;
  }

  /** To be called about once a second, not again before it is done. */
  async look(): Promise<void> {
    const { book, nowMs, wallMs, policies, conditions } = this.#options;
    const all = conditions.map((condition) => ({ condition, seen: this.#seenBy(condition) }));
    const unknown = new Set<string>(all.flatMap(({ condition, seen }) => (seen ? [] : condition.codes)));
    const isUnknown = (key: string) => unknown.has(codeOf(key));
    const rules = policies();
    const wrong = all.flatMap(({ seen = [] }) => seen).filter(({ code }) => policyOf(code, rules).enabled);
    const present = new Map(withoutFollowing(wrong).map((each) => [each.key, each]));
    this.#holding.note(new Set(present.keys()), nowMs(), isUnknown);
    const open = book.open();
    for (const seen of present.values()) {
      const alarm = open.get(seen.key);
      if (alarm) this.#goesOn(alarm, seen);
      else if (this.#isDue(seen) && open.size < MOST_OPEN) await this.#raise(seen);
    }
    for (const [key, alarm] of open) {
      const mayTell = alarm.nodeId === this.#options.nodeId && !isUnknown(key);
      const { clearMs } = policyOf(alarm.code, rules);
      if (mayTell && this.#holding.hasBeenWell(key, clearMs, nowMs())) await this.#clear(alarm);
    }
    this.#holding.keepOnly(new Set(open.keys()));
    await book.save(wallMs());
    this.#tell();
    await book.save(wallMs());
  }

  #seenBy({ scope, look }: Condition): Seen[] | undefined {
    const { book, nodeId, nowMs, onError } = this.#options;
    if (scope === 'cluster' && !book.mayWatch(nowMs())) return undefined;
    try {
      return look()?.map((seen) => ({ ...seen, scope, key: openKey({ ...seen, scope, nodeId }) }));
    } catch (error) {
      onError(error, 'a condition of alarms could not be looked at');
      return undefined;
    }
  }

  #isDue({ code, key, holdMs }: Seen): boolean {
    const { policies, nowMs } = this.#options;
    const policy = policyOf(code, policies());
    return this.#holding.hasHeld(key, policy.holdMs ?? holdMs ?? policy.usual.holdSeconds * 1000, nowMs());
  }

  /** Its words follow what is so; it is told again where it has become more severe. */
  #goesOn(alarm: Alarm, seen: Seen): void {
    if (alarm.nodeId !== this.#options.nodeId) return;
    const severity = this.#severityOf(seen);
    const isWorse = ALARM_SEVERITIES.indexOf(severity) < ALARM_SEVERITIES.indexOf(alarm.severity);
    if (!isWorse && alarm.sentence === seen.sentence) return;
    const now = { ...alarm, sentence: seen.sentence, severity: isWorse ? severity : alarm.severity };
    if (isWorse) this.#options.book.put({ ...now, isUnsynced: true });
    else this.#options.book.alarms.set(alarm.id, now);
  }

  #severityOf({ code, severity }: Seen): AlarmSeverity {
    const policy = policyOf(code, this.#options.policies());
    return policy.severity ?? severity ?? policy.usual.severity;
  }

  async #raise(seen: Seen): Promise<void> {
    const { book, tables, nodeId, node, wallMs } = this.#options;
    const { code, subject, sentence, scope } = seen;
    const about = { id: randomUUID(), code, severity: this.#severityOf(seen), scope, subject, sentence };
    const alarm: Alarm = { ...about, nodeId, node, raisedAtMs: wallMs(), told: {}, isUnsynced: false };
    const other = await this.#asked(() => tables.raise(alarm));
    if (other === 'away') book.put({ ...alarm, isUnsynced: true });
    else book.put((other as Alarm | undefined) ?? alarm);
  }

  async #clear(alarm: Alarm): Promise<void> {
    const { book, tables, wallMs, channels } = this.#options;
    const clearedAtMs = wallMs();
    const wasOpen = await this.#asked(() => tables.clear(alarm, clearedAtMs));
    const cleared = { ...(book.alarms.get(alarm.id) ?? alarm), clearedAtMs };
    book.put({ ...cleared, isUnsynced: wasOpen !== true });
    if (wasOpen === false && !alarm.isUnsynced) return;
    tellCleared(book, cleared, channels(), wallMs());
    if (alarm.told[FEED] !== undefined || this.#onTheirWay.has(alarm.id)) void this.#event('alarm_cleared', cleared);
  }

  /** Tells of open alarms whoever has not heard; silenced ones wait for the end of their silence. */
  #tell(): void {
    const { book, nodeId, channels, wallMs } = this.#options;
    for (const alarm of book.open().values()) {
      if (alarm.nodeId !== nodeId) continue;
      if (alarm.told[FEED] === undefined && !this.#onTheirWay.has(alarm.id)) void this.#feed(alarm);
      const now = book.alarms.get(alarm.id) ?? alarm;
      if (!silenceOf(now, book.silences.values(), wallMs())) tellRaised(book, now, channels(), wallMs());
    }
  }

  /** Is not waited for: a disk that takes no events must not keep channels from hearing of it. */
  async #feed(alarm: Alarm): Promise<void> {
    const { book } = this.#options;
    this.#onTheirWay.add(alarm.id);
    const isKept = await this.#event('alarm_raised', alarm);
    this.#onTheirWay.delete(alarm.id);
    const now = book.alarms.get(alarm.id);
    if (isKept && now) book.put({ ...now, told: { ...now.told, [FEED]: alarm.severity }, isUnsynced: true });
  }

  /** False where it could not be kept, which is tried again. */
  async #event(kind: 'alarm_raised' | 'alarm_cleared', alarm: Alarm): Promise<boolean> {
    try {
      await this.#options.event(kind, alarm);
      return true;
    } catch (error) {
      this.#options.onError(error, 'an alarm could not be kept as an event');
      return false;
    }
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T | 'away'> {
    const { tables, onError } = this.#options;
    if (!tables.isReady) return 'away';
    try {
      return await withPatience(ask());
    } catch (error) {
      if (tables.isReady) onError(error, 'the database could not be told of an alarm');
      return 'away';
    }
  }
}

/** Stands among the channels for the feed of events; no channel has this name. */
const FEED = '#feed';

function codeOf(key: string): string {
  return key.slice(0, key.indexOf(' '));
}

/** Leaves out what only follows from something else that is wrong with the same stream or node. */
function withoutFollowing(all: readonly Seen[]): Seen[] {
  const wrong = new Set(all.map(({ code, subject }) => `${code} ${rootOf(subject)}`));
  return all.filter(({ code, subject }) => {
    const { followsFrom = [] } = policyOf(code, []).usual;
    return !followsFrom.some((cause) => wrong.has(`${cause} ${rootOf(subject)}`));
  });
}

/** A rendition is part of its stream. */
function rootOf({ kind, name, domain, app, stream }: Observation['subject']): string {
  return stream === undefined ? `${kind}:${name}` : `stream:${domain}/${app}/${stream}`;
}

async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), DATABASE_PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
