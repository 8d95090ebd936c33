import { RevisionConflictError, type RevisionStore } from '../rules/index.ts';
import { type RuleRevisions, type Store, StoreError } from '../store/index.ts';

/** The database's revisions as the rules want them. */
export function revisionStore(store: Store, revisions: RuleRevisions): RevisionStore {
  return {
    async append({ base, document, author, reason, also }) {
      try {
        return (await revisions.append(document, { author, reason, expectedNumber: base, also })).number;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'REVISION_CONFLICT') throw error;
        throw new RevisionConflictError((await revisions.latest())?.number ?? 0);
      }
    },
    latest: () => revisions.latest(),
    onNewRevision(listener) {
      const stopListening = revisions.onNewRevision(() => listener());
      const stopWaiting = store.onState((state) => {
        if (state.kind === 'ready') listener();
      });
      return () => {
        stopListening();
        stopWaiting();
      };
    },
  };
}
