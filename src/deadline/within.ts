/**
 * Does something that must be done in time, and may be broken off before: `work` is given a signal that is aborted with
 * a TimeoutError after `timeoutMs`, or with the reason of `signal`. Node 20 forgets the time limit of
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])` at a garbage collection, and then what hangs hangs for ever.
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const abort = () => limit.abort(signal?.reason);
  const timer = setTimeout(
    () => limit.abort(new DOMException(`not done in ${timeoutMs} ms`, 'TimeoutError')),
    timeoutMs,
  );
  timer.unref();
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
