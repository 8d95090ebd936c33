import { hostname } from 'node:os';
import { Nodes } from '../cluster/index.ts';
import { ClusterTables } from '../store/index.ts';
import type { Base } from './base.ts';
import { ownAddress, placeAt } from './cluster-door.ts';
import { openClusterTls } from './cluster-tls.ts';
import type { State } from './open-state.ts';
import { VERSION } from './package-root.ts';
import { tellOfRefusedNodes } from './refused-nodes.ts';

/** The nodes on one database, this one among them, and how the others are reached. */
export async function openMembers(base: Base, { store, secrets }: State) {
  const { config, log, clock } = base;
  const { cluster } = config;
  const { nodeId } = secrets;
  const table = new ClusterTables(store);
  const onFailure = (error: unknown) => log.warn({ error }, 'the cluster could not ask the database');
  const name = config.nodeName ?? hostname();
  const self = { nodeId, name, address: ownAddress(cluster), version: VERSION };
  const tls = await openClusterTls(base);
  const nodes = new Nodes({ table, clock, self, onFailure });
  return {
    ...{ self, table, tls, nodes, onFailure },
    token: cluster.token ?? undefined,
    placeOf: (address: string) => placeAt(address, cluster, tls),
    /** Another node, or what calls itself one, was not let in. */
    onRefused: tellOfRefusedNodes(log, clock),
  };
}

export type Members = Awaited<ReturnType<typeof openMembers>>;
