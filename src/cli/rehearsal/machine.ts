import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
/** This late, and what is measured is this machine. */
const LATE_MS = 250;

/** How this process did over a while. */
export type MachineLoad = {
  /** Of one core. */
  readonly cpuPercent: number;
  /** How late it came to anything at worst. */
  readonly delayMs: number;
  /** The share of looks at which it was more than 250 ms late. */
  readonly lateShare: number;
};

/** Watches this process's own trouble: who is late himself measures nothing but that. */
export class Machine {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #startedAtMs: number;
  readonly #startUsage = process.cpuUsage();
  #worstMs = 0;
  #looks = 0;
  #lateLooks = 0;

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
    this.#delay.enable();
  }

  /** Milliseconds that it was late at worst since the last look, where that is too much; else undefined. */
  lateMs(): number | undefined {
    const worstMs = this.#delay.max / 1e6 - RESOLUTION_MS;
    const delayMs = Number.isFinite(worstMs) ? Math.max(0, worstMs) : 0;
    this.#delay.reset();
    this.#looks++;
    this.#worstMs = Math.max(this.#worstMs, delayMs);
    if (delayMs <= LATE_MS) return undefined;
    this.#lateLooks++;
    return delayMs;
  }

  load(nowMs: number): MachineLoad {
    const { user, system } = process.cpuUsage(this.#startUsage);
    const cpuPercent = (user + system) / 10 / Math.max(1, nowMs - this.#startedAtMs);
    return { cpuPercent, delayMs: this.#worstMs, lateShare: this.#lateLooks / Math.max(1, this.#looks) };
  }

  close(): void {
    this.#delay.disable();
  }
}
