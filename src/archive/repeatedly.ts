export type Repeated = {
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
  /** It is tried again all the same. */
  readonly onFailure: (error: unknown) => void;
};

/** Does something every so often, one at a time, until it is closed, which waits for its end. */
export function repeatedly({ everyMs, run, onFailure }: Repeated): { close(): Promise<void> } {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= run()
      .catch(onFailure)
      .finally(() => {
        running = undefined;
      });
  }, everyMs).unref();
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
