import { createHmac } from 'node:crypto';
import type { SessionTokenKeys } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import type { Secrets } from '../store/index.ts';

/**
 * A secret that the nodes of a cluster share: made of their token, so that it is there before any database. Undefined
 * for a node that is in none.
 */
export function clusterSecret({ cluster }: Pick<Config, 'cluster'>, what: string): string | undefined {
  if (cluster.port === 0 || cluster.token === null) return undefined;
  return createHmac('sha256', cluster.token).update(`headwater-cluster-1\n${what}`).digest('base64url');
}

/** With what sessions' tokens are made: in a cluster with the same on every node, so that one let in here is let in there. */
export function sessionTokenKeys(config: Pick<Config, 'cluster'>, secrets: Secrets): SessionTokenKeys {
  const own = Buffer.from(secrets.sessionTokenKey);
  const shared = clusterSecret(config, 'session tokens');
  return shared === undefined ? { current: own } : { current: Buffer.from(shared), previous: own };
}
