import type { Clock } from '../live/index.ts';
import type { AuditEntry } from '../store/index.ts';

type Entry = Omit<AuditEntry, 'atMs'>;
type Seen = { readonly entry: Entry; again: number; resource: string };

const WINDOW_MS = 60_000;
const MOST_KINDS = 10_000;

/**
 * What is written of refusals: the first of each kind (who, from where, what, why) at once, and after a minute one line
 * more with how often it came again, so that nobody fills the log by being refused. What is done is written each time.
 */
export class RepeatedRefusals {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #write: (entry: Entry) => void;
  readonly #seen = new Map<string, Seen>();
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'after'>, write: (entry: Entry) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  record(entry: Entry): void {
    if (entry.outcome === 'refused') this.#refused(entry);
    else this.#write(entry);
  }

  #refused(entry: Entry): void {
    const { actor, actorKind, address, action, detail } = entry;
    const key = JSON.stringify([actor, actorKind, address, action, detail.code]);
    const before = this.#seen.get(key);
    if (before) {
      before.again++;
      if (before.resource !== entry.resource) before.resource = '*';
      return;
    }
    if (this.#seen.size >= MOST_KINDS) this.flush();
    this.#seen.set(key, { entry, again: 0, resource: entry.resource });
    this.#write(entry);
    this.#cancel ??= this.#clock.after(WINDOW_MS, () => this.flush());
  }

  /** Writes what has been counted; the next of each kind is the first again. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const { entry, again, resource } of this.#seen.values()) {
      if (again > 0) this.#write({ ...entry, resource, detail: { ...entry.detail, again } });
    }
    this.#seen.clear();
  }

  close(): void {
    this.flush();
  }
}
