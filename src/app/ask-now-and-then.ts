/** The last answer to a question that takes its time: asked again in the background, and never waited for. */
export type Asked<T> = {
  /** Undefined until there was one. */
  readonly last: () => T | undefined;
  /** Asks again where it is time and nobody is asking. */
  readonly refresh: () => void;
};

/**
 * Asks at most every so often; what fails leaves the answer before it.
 *
 * @param ask undefined where there is nothing to ask now
 */
export function askNowAndThen<T>(
  everyMs: number,
  nowMs: () => number,
  ask: () => Promise<T> | undefined,
  onError: (error: unknown) => void,
): Asked<T> {
  let last: T | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  return {
    last: () => last,
    refresh() {
      if (isAsking || nowMs() - askedAtMs < everyMs) return;
      const asking = ask();
      if (!asking) return;
      askedAtMs = nowMs();
      isAsking = true;
      asking
        .then((answer) => {
          last = answer;
        }, onError)
        .finally(() => {
          isAsking = false;
        });
    },
  };
}
