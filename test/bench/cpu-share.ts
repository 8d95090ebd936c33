import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Control groups of version 1, writable by root. */
const GROUPS = '/sys/fs/cgroup/cpu';
/** Short, so that a process that has used up its share stands still for less than a frame lasts. */
const PERIOD_US = 10_000;
/** A thousand times what a process has by itself: who else uses the machine gets what is left. */
const FIRST = '1048576';

/** A control group for processes that go before all others on the machine, and that get a share of a core, if it is given. */
export class CpuGroup {
  readonly #folder: string;

  constructor(name: string, share?: number) {
    this.#folder = join(GROUPS, `headwater-bench-${process.pid}-${name}`);
    if (!existsSync(GROUPS)) throw new Error(`${GROUPS} is missing: this part needs control groups of version 1`);
    mkdirSync(this.#folder);
    this.#write('cpu.shares', FIRST);
    if (share === undefined) return;
    this.#write('cpu.cfs_period_us', String(PERIOD_US));
    this.#write('cpu.cfs_quota_us', String(Math.round(PERIOD_US * share)));
  }

  /** The processes, and all that they start from then on. */
  take(...pids: readonly number[]): void {
    for (const pid of pids) this.#write('cgroup.procs', String(pid));
  }

  /** Removes the group; what still runs in it is as before. */
  remove(): void {
    for (const pid of readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n')) {
      if (pid !== '') writeFileSync(join(GROUPS, 'cgroup.procs'), pid);
    }
    rmdirSync(this.#folder);
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }
}
