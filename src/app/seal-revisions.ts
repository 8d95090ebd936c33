import type { Logger } from '../log/index.ts';
import type { RuleRevisions, Store } from '../store/index.ts';

/** Seals what an earlier release left clear in the database, whenever that is there; returns what stops it. */
export function sealRevisions(store: Store, revisions: RuleRevisions, log: Logger): { close(): void } {
  const seal = async () => {
    try {
      const sealed = await revisions.sealClear();
      if (sealed > 0) log.info({ revisions: sealed }, 'rule revisions sealed with the master key');
    } catch (error) {
      if (store.state.kind === 'ready') log.error({ error }, 'rule revisions could not be sealed');
    }
  };
  const stop = store.onState((state) => {
    if (state.kind === 'ready') void seal();
  });
  return { close: stop };
}
