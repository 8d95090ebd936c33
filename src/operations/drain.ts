import type { Clock } from '../live/index.ts';

/** Those who are to go: each is asked, told or let go as one of its kind is. */
export interface DrainedDoors {
  /** Connections that publish. */
  publishers(): number;
  /** Asks encoders that understand it to connect anew; how many were. */
  askToReconnect(): number;
  endPublishers(): void;
  viewers(): number;
  /** Ends viewers with a connection of their own, each after what it was sent. */
  endViewers(): void;
}

/** What is still to be made durable. */
export type DrainWork = {
  readonly recordings: number;
  readonly uploads: number | undefined;
  readonly events: number | undefined;
};

export type DrainOptions = {
  readonly clock: Clock;
  readonly doors: DrainedDoors;
  readonly work: () => Promise<DrainWork>;
  /** It began, was taken back, or is over. */
  readonly onChange: (state: DrainState) => void;
};

export type DrainState = 'serving' | 'draining' | 'drained';

export type DrainProgress = {
  readonly state: DrainState;
  readonly sinceWallMs?: number;
  /** When those who are left are sent away. */
  readonly untilWallMs?: number;
  readonly publishers: { readonly atStart: number; readonly left: number; readonly asked: number };
  readonly viewers: { readonly atStart: number; readonly left: number };
  readonly work: DrainWork;
};

type Run = {
  readonly sinceWallMs: number;
  readonly publishers: number;
  readonly viewers: number;
  readonly asked: number;
  untilMs: number;
  untilWallMs: number;
  isOver: boolean;
  stop: () => void;
};

const LOOK_MS = 100;

/**
 * A server on its way out: nobody new comes in, and those who are there may go by themselves until a time.
 *
 *     serving --begin--> draining --nobody left, or the time is over--> drained
 *        ^-----------------resume---------------------------------------/
 */
export class Drain {
  readonly #options: DrainOptions;
  #run: Run | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get state(): DrainState {
    if (!this.#run) return 'serving';
    return this.#run.isOver ? 'drained' : 'draining';
  }

  /** Why nobody new is let in. */
  get refusal(): { readonly code: 'DRAINING'; readonly reason: string } | undefined {
    if (!this.#run) return undefined;
    return { code: 'DRAINING', reason: 'this server is about to stop. Connect again, to another one or in a moment' };
  }

  /** Begins, or says another time by which everybody is to be gone; a drain that is over stays so. */
  begin(seconds: number): void {
    const { clock, doors, onChange } = this.#options;
    const untilMs = clock.nowMs() + seconds * 1000;
    const untilWallMs = clock.wallMs() + seconds * 1000;
    if (this.#run) {
      Object.assign(this.#run, { untilMs, untilWallMs });
      this.#look();
      return;
    }
    const sinceWallMs = clock.wallMs();
    const counts = { publishers: doors.publishers(), viewers: doors.viewers() };
    const asked = doors.askToReconnect();
    this.#run = { ...counts, asked, sinceWallMs, untilMs, untilWallMs, isOver: false, stop: () => {} };
    onChange('draining');
    this.#look();
  }

  /** Lets people in again; false where it was not draining. */
  resume(): boolean {
    if (!this.#run) return false;
    this.#run.stop();
    this.#run = undefined;
    this.#tellWaiting();
    this.#options.onChange('serving');
    return true;
  }

  /** When it is over, or was taken back. */
  whenOver(): Promise<void> {
    if (this.state !== 'draining') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async progress(): Promise<DrainProgress> {
    return { ...this.left(), work: await this.#options.work() };
  }

  /** Who is left. */
  left(): Omit<DrainProgress, 'work'> {
    const { doors } = this.#options;
    const run = this.#run;
    const [publishers, viewers] = [doors.publishers(), doors.viewers()];
    return {
      state: this.state,
      ...(run && { sinceWallMs: run.sinceWallMs, untilWallMs: run.untilWallMs }),
      publishers: { atStart: run?.publishers ?? publishers, left: publishers, asked: run?.asked ?? 0 },
      viewers: { atStart: run?.viewers ?? viewers, left: viewers },
    };
  }

  close(): void {
    this.#run?.stop();
    this.#tellWaiting();
  }

  #look(): void {
    const run = this.#run;
    if (!run || run.isOver) return;
    run.stop();
    const { clock, doors } = this.#options;
    const isEmpty = doors.publishers() === 0 && doors.viewers() === 0;
    if (isEmpty || clock.nowMs() >= run.untilMs) this.#finish(run);
    else run.stop = clock.after(Math.min(LOOK_MS, run.untilMs - clock.nowMs()), () => this.#look());
  }

  #finish(run: Run): void {
    const { doors, onChange } = this.#options;
    run.isOver = true;
    doors.endViewers();
    doors.endPublishers();
    onChange('drained');
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
