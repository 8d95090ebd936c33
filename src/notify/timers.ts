/** Timers, handed in so that tests need not wait. */
export interface Timers {
  /** Calls `run` once after `delayMs`; the answer takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

/** The timers of Node; they do not keep the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
