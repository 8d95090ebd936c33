import type { SnapshotDoor } from '../operations/index.ts';
import { StoredSnapshots } from '../snapshot/index.ts';
import type { State } from './open-state.ts';

/** The pictures that storages have, as operators look after them. */
export function storedSnapshots({ storages, settingsOf }: State): SnapshotDoor {
  const stored = new StoredSnapshots({ storages, settingsOf: (id) => settingsOf(id).snapshot });
  return {
    list: (id, range, signal) => stored.list(id, range, signal),
    delete: (id, second) => stored.delete(id, second),
  };
}
