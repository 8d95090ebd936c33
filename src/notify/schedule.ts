const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const QUICK_RETRIES = 5;
const LIFETIME_MS = 24 * HOUR_MS;

const MINUTE_MS = 60_000;
/** The receiver is there and does not want it; these two only ask for patience. */
const PATIENCE = [408, 429];

type TriedDelivery = {
  readonly attempt: number;
  readonly firstAttemptAtMs: number;
  readonly event?: { readonly kind: string; readonly atMs: number };
};

/**
 * When a failed delivery is tried next: five retries 1 s apart as ApsaraVideo does, then 2, 4, 8 s ... up to
 * an hour; `dead` when that would be more than a day after the first try. Snapshots are many and soon of no use: once a
 * minute at least, `dead` an hour after the picture, and after the quick retries where the receiver refuses it.
 */
export function nextTry(delivery: TriedDelivery, nowMs: number, status = 0): number | 'dead' {
  const { attempt, firstAttemptAtMs, event } = delivery;
  const isSnapshot = event?.kind === 'snapshot';
  const doublings = Math.max(0, attempt - QUICK_RETRIES);
  const longestMs = isSnapshot ? MINUTE_MS : HOUR_MS;
  const retryAtMs = nowMs + Math.min(longestMs, SECOND_MS * 2 ** Math.min(doublings, 20));
  if (!isSnapshot) return retryAtMs - firstAttemptAtMs > LIFETIME_MS ? 'dead' : retryAtMs;
  const isRefused = status >= 400 && status < 500 && !PATIENCE.includes(status) && attempt > QUICK_RETRIES;
  return isRefused || retryAtMs - event.atMs > HOUR_MS ? 'dead' : retryAtMs;
}
