import type { Clock } from '../live/index.ts';
import type { Logger } from '../log/index.ts';

const SAY_AGAIN_MS = 60_000;
const MOST_SAID = 1000;

/** Tells the log whom the door between nodes did not let in, and why: once a minute for each address and reason. */
export function tellOfRefusedNodes(log: Logger, clock: Clock): (address: string | undefined, why: string) => void {
  const saidMs = new Map<string, number>();
  return (address = 'unknown', why) => {
    const what = `${address} ${why}`;
    const nowMs = clock.nowMs();
    if (nowMs - (saidMs.get(what) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
    for (const [each, atMs] of saidMs) if (nowMs - atMs >= SAY_AGAIN_MS) saidMs.delete(each);
    if (saidMs.size >= MOST_SAID) return;
    saidMs.set(what, nowMs);
    log.warn({ address, why }, 'another node was refused');
  };
}
