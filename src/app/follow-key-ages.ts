import type { Logger } from '../log/index.ts';
import { type CompiledRules, keysOf, type RulesSource } from '../rules/index.ts';
import type { RuleRevisions, Store } from '../store/index.ts';

export type KeyAgesOptions = {
  readonly store: Store;
  readonly revisions: RuleRevisions;
  readonly rulesSource: Pick<RulesSource, 'current' | 'onChange'>;
  readonly log: Logger;
  readonly onKnown: (since: ReadonlyMap<string, Date>) => void;
};

/** Tells since when the rules have had their keys, whenever rules or database change; returns what stops it. */
export function followKeyAges({ store, revisions, rulesSource, log, onKnown }: KeyAgesOptions): { close(): void } {
  const ask = ({ rules }: CompiledRules) => {
    if (store.state.kind !== 'ready') return;
    revisions.firstSeen(keysOf(rules)).then(onKnown, (error: unknown) => {
      if (store.state.kind === 'ready') log.warn({ error }, 'the age of keys could not be looked up');
    });
  };
  const stopRules = rulesSource.onChange(ask);
  const stopStore = store.onState(() => ask(rulesSource.current()));
  ask(rulesSource.current());
  return {
    close() {
      stopRules();
      stopStore();
    },
  };
}
