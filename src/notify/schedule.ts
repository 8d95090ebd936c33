const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const QUICK_RETRIES = 5;
const LIFETIME_MS = 24 * HOUR_MS;

/**
 * When a failed delivery is tried next: five retries 1 s apart as ApsaraVideo does, then 2, 4, 8 s ... up to
 * an hour; `dead` when that would be more than a day after the first try.
 */
export function nextTry(
  delivery: { readonly attempt: number; readonly firstAttemptAtMs: number },
  nowMs: number,
): number | 'dead' {
  const doublings = Math.max(0, delivery.attempt - QUICK_RETRIES);
  const delayMs = Math.min(HOUR_MS, SECOND_MS * 2 ** Math.min(doublings, 20));
  const retryAtMs = nowMs + delayMs;
  return retryAtMs - delivery.firstAttemptAtMs > LIFETIME_MS ? 'dead' : retryAtMs;
}
