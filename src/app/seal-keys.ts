import type { Logger } from '../log/index.ts';
import type { Store } from '../store/index.ts';

const EVERY_MS = 10_000;

type KeysToSeal = {
  readonly store: Store;
  readonly log: Logger;
  readonly keys: { sealClear(): Promise<number> };
  readonly of: 'assets' | 'jobs';
};

/** Seals keys of media that workers or an earlier release left clear in the database; returns what stops it. */
export function sealKeys({ store, log, keys, of }: KeysToSeal) {
  let running: Promise<void> | undefined;
  const seal = async () => {
    try {
      const sealed = await keys.sealClear();
      if (sealed > 0) log.info({ of, count: sealed }, 'keys of media sealed with the master key');
    } catch (error) {
      if (store.state.kind === 'ready') log.error({ of, error }, 'keys of media could not be sealed');
    }
  };
  const look = () => {
    if (store.state.kind !== 'ready' || running !== undefined) return;
    running = seal().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(look, EVERY_MS).unref();
  const stop = store.onState(look);
  return {
    async close() {
      clearInterval(timer);
      stop();
      await running;
    },
  };
}
