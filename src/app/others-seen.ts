import type { LastSeen } from '../cluster/index.ts';

type Seen = { readonly name: string; readonly unseenMs: number };

/**
 * What NODE_DOWN looks at: the other nodes, and machines that only work steps of jobs. The worker within a server goes
 * with its node, and one of many workers, or one that was started anew, is missed by nobody while another of its name is
 * there.
 *
 * @param workers named by their machine, a slash and the process
 */
export function othersSeen(own: Seen, nodes: readonly Seen[], workers: readonly Seen[]): readonly Seen[] {
  const servers = new Set([own, ...nodes].map(({ name }) => name));
  const machines = new Map<string, number>();
  for (const { name, unseenMs } of workers) {
    const machine = name.replace(/\/\d+$/, '');
    if (!servers.has(machine))
      machines.set(machine, Math.min(unseenMs, machines.get(machine) ?? Number.POSITIVE_INFINITY));
  }
  return [...nodes, ...[...machines].map(([name, unseenMs]) => ({ name, unseenMs }))];
}

/** The same, whatever the database's clock is set to: how long ago it was by this node's. */
export function unseenBy(
  lastSeen: LastSeen,
  found: readonly Seen[],
  { databaseMs, nowMs }: { readonly databaseMs: number; readonly nowMs: number },
): readonly Seen[] {
  // Two may have one name.
  const keyed = found.map(({ name, unseenMs }, index) => {
    const nth = found.slice(0, index).filter((each) => each.name === name).length;
    return { name, key: `${name} ${nth}`, agoMs: unseenMs, seenAtMs: databaseMs - unseenMs };
  });
  lastSeen.take(keyed, nowMs);
  return keyed.map(({ name, key }) => ({ name, unseenMs: lastSeen.agoMs(key, nowMs) }));
}
