import type { Clock, Packet } from '../live/index.ts';
import { Attempt, type AttemptOptions } from './attempt.ts';
import type { FfmpegExit } from './ffmpeg-process.ts';
import type { Rung } from './rung.ts';

export type RunsOptions = {
  readonly clock: Clock;
  readonly onMalformed: (rung: Rung, error: unknown) => void;
  /** A run is over; the one beside it has taken over by now. */
  readonly onExit: (run: Attempt, exit: FfmpegExit) => void;
  /** The processes that run are others than before. */
  readonly onProcesses: () => void;
};

/** FFmpeg answers nothing for this long though it has work: it hangs. */
const HUNG_MS = 10_000;

/** The run of FFmpeg that feeds the rungs, and the one that takes over from it at a key frame. */
export class Runs {
  readonly #options: RunsOptions;
  #current: Attempt | undefined;
  #next: Attempt | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  get current(): Attempt | undefined {
    return this.#current;
  }

  /** A run waits to take over. */
  get isChanging(): boolean {
    return this.#next !== undefined;
  }

  get all(): Attempt[] {
    return [this.#current, this.#next].filter((run) => run !== undefined);
  }

  get pids(): number[] {
    return this.all.map(({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  /** Starts one, beside the one that runs if there is one; throws where the machine has no process left. */
  begin(options: Omit<AttemptOptions, 'clock' | 'inherited' | 'onMalformed' | 'onHeldTooMuch' | 'onExit'>): Attempt {
    const { clock, onMalformed, onProcesses } = this.#options;
    const running = this.#current?.rungs ?? [];
    const run: Attempt = new Attempt({
      ...options,
      clock,
      inherited: new Set(options.rungs.filter((rung) => running.includes(rung))),
      onMalformed,
      onHeldTooMuch: () => this.#current?.kill(),
      onExit: (exit) => this.#exited(run, exit),
    });
    if (this.#current) this.#next = run;
    else this.#current = run;
    onProcesses();
    return run;
  }

  /** A packet at which the run that waits may take over, and at which the other one then ends. */
  cut(packet: Packet): void {
    if (!this.#next?.mayTakeOverAt(packet)) return;
    this.#next.cutAt(packet);
    this.#current?.finish();
  }

  /** Ends those that hang; says which. */
  killHung(): Attempt[] {
    const hung = this.all.filter((run) => !run.isFinishing && run.silentMs >= HUNG_MS);
    for (const run of hung) run.kill(false);
    return hung;
  }

  kill(): void {
    for (const run of this.all) run.kill();
  }

  #exited(run: Attempt, exit: FfmpegExit): void {
    if (run === this.#next) this.#next = undefined;
    if (run === this.#current) {
      this.#current = this.#next;
      this.#next = undefined;
      this.#current?.takeOver();
    }
    this.#options.onProcesses();
    this.#options.onExit(run, exit);
  }
}
