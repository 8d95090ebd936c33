import { RelayClaims } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

const LEASE_MS = 20_000;
const RENEW_MS = 3000;
/** A database that is not there by then is not waited for. */
const GRACE_MS = 5000;

/**
 * Which pulls this node makes. A node with a database of its own makes all; of several on one database, whoever claims a
 * pull first. While the database is away everybody goes on with what was theirs; where it never was there, a stream that
 * comes twice is better than none.
 */
export function relayClaims({ config, log, clock, closer }: Base, { store, secrets: { nodeId } }: State) {
  if (!config.databaseUrl) return { want: () => {}, isOurs: () => true, release: async () => {} };
  const table = new RelayClaims(store, clock.nowMs);
  let wanted: readonly string[] = [];
  let ours = new Set<string>();
  let asking: Promise<void> | undefined;
  let isClosed = false;
  let hasAsked = false;
  const startedMs = clock.nowMs();
  const ask = async () => {
    const names = wanted;
    // There is nothing to give back, either.
    if (hasAsked && names.length === 0 && ours.size === 0) return;
    await table.keepOnly(nodeId, names);
    ours = new Set(names.length === 0 ? [] : await table.take(nodeId, names, LEASE_MS));
    hasAsked = true;
  };
  const renew = () => {
    if (isClosed || !table.isReady) return;
    asking ??= ask()
      .catch((error) => log.warn({ error }, 'pulls could not be claimed'))
      .finally(() => {
        asking = undefined;
      });
  };
  const timer = setInterval(renew, RENEW_MS).unref();
  const release = async () => {
    isClosed = true;
    clearInterval(timer);
    await asking;
    if (table.isReady) await table.keepOnly(nodeId, []);
  };
  closer.add('claims of pulls', { close: release });
  return {
    /** Another node may make what is ours, from now on. */
    release,
    want(names: readonly string[]) {
      const isNew = names.some((name) => !wanted.includes(name));
      wanted = names;
      if (isNew) renew();
    },
    isOurs: (name: string) => ours.has(name) || (!hasAsked && clock.nowMs() - startedMs > GRACE_MS),
  };
}
