import { setTimeout as delay } from 'node:timers/promises';

const PERIOD_MS = 200;

/** Lets processes run for a share of the time only, as on a machine that has too much to do; ends what is asked of it. */
export function limitCpu(
  pids: () => Promise<readonly number[]>,
  share: number,
  periodMs = PERIOD_MS,
): { stop(): Promise<void> } {
  let isOver = false;
  const known = new Set<number>();
  const signal = (name: NodeJS.Signals) => {
    for (const pid of known) {
      try {
        process.kill(pid, name);
      } catch {
        known.delete(pid);
      }
    }
  };
  const run = async () => {
    while (!isOver) {
      for (const pid of await pids()) known.add(pid);
      signal('SIGCONT');
      await delay(periodMs * share);
      signal('SIGSTOP');
      await delay(periodMs * (1 - share));
    }
    signal('SIGCONT');
  };
  const running = run();
  return {
    stop() {
      isOver = true;
      return running;
    },
  };
}
