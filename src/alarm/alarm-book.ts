import { type KeptAlarms, subjectText } from '../store/index.ts';
import type { Alarm, Notice, Silence } from './alarm.ts';
import type { EgressPeaks } from './conditions/index.ts';

/** Ended alarms that are kept here, so that they can be seen without a database. */
const MOST_ENDED = 200;
const MOST_NOTICES = 2000;
/** A node whose database is back finds it within ten seconds, and then says what it raised meanwhile. */
const BEGIN_MS = 15_000;

export type AlarmBookOptions = {
  readonly kept: KeptAlarms | undefined;
  /** Resolves when it is on the disk. */
  readonly keep: (all: KeptAlarms) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
};

/** The alarms as this node knows them, kept in its data directory: needs no database. */
export class AlarmBook {
  readonly alarms: Map<string, Alarm>;
  readonly notices: Map<string, Notice>;
  readonly silences: Map<string, Silence>;
  /** Whether this node looks after what concerns all nodes. */
  isWatcher: boolean;
  /** To be changed in place, and `touch` called. */
  readonly egressPeaks: EgressPeaks;
  readonly #options: AlarmBookOptions;
  #watchesSinceMs = Number.NEGATIVE_INFINITY;
  #isDirty = false;
  #writing: Promise<void> | undefined;

  constructor(options: AlarmBookOptions) {
    this.#options = options;
    const { kept } = options;
    const byId = <T extends { readonly id: string }>(all: readonly T[] = []) =>
      new Map(all.map((each) => [each.id, each]));
    this.alarms = byId(kept?.alarms as readonly Alarm[] | undefined);
    this.notices = byId(kept?.notices as readonly Notice[] | undefined);
    this.silences = byId(kept?.silences);
    this.isWatcher = kept?.isWatcher ?? true;
    this.egressPeaks = { ...kept?.egressPeaks };
  }

  /** By code and subject. */
  open(): Map<string, Alarm> {
    const open = [...this.alarms.values()].filter(({ clearedAtMs }) => clearedAtMs === undefined);
    return new Map(open.map((alarm) => [openKey(alarm), alarm]));
  }

  put(alarm: Alarm): void {
    this.alarms.set(alarm.id, alarm);
    this.#isDirty = true;
  }

  drop(id: string): void {
    if (this.alarms.delete(id)) this.#isDirty = true;
  }

  /** False where too many wait. */
  putNotice(notice: Notice): boolean {
    if (!this.notices.has(notice.id) && this.notices.size >= MOST_NOTICES) return false;
    this.notices.set(notice.id, notice);
    this.#isDirty = true;
    return true;
  }

  dropNotice(id: string): void {
    if (this.notices.delete(id)) this.#isDirty = true;
  }

  putSilence(silence: Silence): void {
    this.silences.set(silence.id, silence);
    this.#isDirty = true;
  }

  setWatcher(isWatcher: boolean, nowMs: number): void {
    if (this.isWatcher === isWatcher) return;
    this.isWatcher = isWatcher;
    this.#watchesSinceMs = nowMs;
    this.#isDirty = true;
  }

  /** Something changed that is to be kept. */
  touch(): void {
    this.#isDirty = true;
  }

  /** Whether this node is to say what concerns all nodes: who has just begun lets the others tell first what they know. */
  mayWatch(nowMs: number): boolean {
    return this.isWatcher && nowMs - this.#watchesSinceMs >= BEGIN_MS;
  }

  /** Puts what changed on the disk; what cannot be written is tried again with the next. */
  async save(wallMs: number): Promise<void> {
    while (this.#writing) await this.#writing;
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#forget(wallMs);
    const { isWatcher, alarms, notices, silences, egressPeaks } = this;
    const all = { isWatcher, egressPeaks, alarms: [...alarms.values()], notices: [...notices.values()] };
    this.#writing = this.#options
      .keep({ ...all, silences: [...silences.values()] })
      .catch((error: unknown) => {
        this.#isDirty = true;
        this.#options.onFailure(error);
      })
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
  }

  #forget(wallMs: number): void {
    for (const { id, untilMs } of this.silences.values()) if (untilMs <= wallMs) this.silences.delete(id);
    const ended = [...this.alarms.values()]
      .filter(({ clearedAtMs }) => clearedAtMs !== undefined)
      .sort((a, b) => (b.clearedAtMs ?? 0) - (a.clearedAtMs ?? 0));
    for (const { id } of ended.slice(MOST_ENDED)) this.alarms.delete(id);
  }
}

export function openKey(alarm: Pick<Alarm, 'code' | 'scope' | 'nodeId' | 'subject'>): string {
  return `${alarm.code} ${subjectText(alarm)}`;
}
