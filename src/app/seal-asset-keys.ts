import type { Logger } from '../log/index.ts';
import type { AssetKeys, Store } from '../store/index.ts';

const EVERY_MS = 10_000;

/** Seals keys of assets that workers or an earlier release left clear in the database; returns what stops it. */
export function sealAssetKeys(store: Store, keys: Pick<AssetKeys, 'sealClear'>, log: Logger) {
  let running: Promise<void> | undefined;
  const seal = async () => {
    try {
      const sealed = await keys.sealClear();
      if (sealed > 0) log.info({ keys: sealed }, 'keys of assets sealed with the master key');
    } catch (error) {
      if (store.state.kind === 'ready') log.error({ error }, 'keys of assets could not be sealed');
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
