import type { Nodes, Ownership } from '../cluster/index.ts';
import type { ClusterTables } from '../store/index.ts';

const ASK_OWNERS_MS = 5000;
/** More than passes between two looks. */
const CHANGED_SECONDS = 30;
const FORGET_MS = 3_600_000;

/** Hears who publishes what: of each change at once, and of what was missed with the next look. */
export function followOwners(
  table: ClusterTables,
  ownership: Ownership,
  nodes: Nodes,
  onFailure: (error: unknown) => void,
): () => void {
  const look = async (seconds?: number) => {
    if (!table.isReady) return;
    // Nodes first: an owner is of use once it is known where it is.
    if (seconds === undefined) await nodes.meet();
    for (const owner of await table.owners(seconds)) ownership.heard(owner);
  };
  const ready = () => {
    ownership.tellAgain();
    look().catch(onFailure);
  };
  const endListening = table.onChange((owner) => ownership.heard(owner), ready);
  const looking = setInterval(() => {
    ownership.tellAgain();
    look(CHANGED_SECONDS).catch(onFailure);
  }, ASK_OWNERS_MS).unref();
  const forgetting = setInterval(() => {
    if (table.isReady) table.forgetOld().catch(onFailure);
  }, FORGET_MS).unref();
  return () => {
    endListening();
    clearInterval(looking);
    clearInterval(forgetting);
  };
}
