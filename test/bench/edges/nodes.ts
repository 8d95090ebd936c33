import { freePort } from '../../support/free-port.ts';
import type { Machine } from '../../support/network.ts';
import { type BenchServer, headwater } from '../servers.ts';

export type NodesOptions = {
  readonly databaseUrl: string;
  /** Machines of their own; all on this one without. */
  readonly machines?: readonly Machine[];
  /** Rules behind the one of all streams. */
  readonly streams?: readonly object[];
};

/** Nodes of one cluster; streams are pushed to the first. */
export async function startNodes(names: readonly string[], { databaseUrl, machines, streams = [] }: NodesOptions) {
  const nodes: BenchServer[] = [];
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (const [at, name] of names.entries()) {
      const where = machines?.[at];
      const env = {
        ...{ DATABASE_URL: databaseUrl, HEADWATER_NODE_NAME: name },
        HEADWATER_MASTER_KEY: Buffer.alloc(32, 5).toString('base64'),
        HEADWATER_CLUSTER_TOKEN: 'a token that all the nodes of this bench share',
        HEADWATER_CLUSTER_HOST: where?.backAddress ?? '127.0.0.1',
        HEADWATER_CLUSTER_PORT: String(await freePort()),
      };
      nodes.push({ ...(await headwater({ mergeWindowMs: 0, env, where, streams })), name });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}
