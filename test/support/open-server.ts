import type { RulesInput } from '../../src/rules/index.ts';
import { type Headwater, type HeadwaterOptions, startHeadwater } from './headwater.ts';

/** No server listens there: these tests need no database, and start faster without one of their own. */
export const NO_DATABASE = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };

/** Everyone may push and play. */
export const OPEN_DOMAIN: NonNullable<RulesInput['domains']>[number] = {
  name: 'default',
  push: { auth: { type: 'no_auth' } },
  play: { auth: { type: 'no_auth' } },
};

/** A server without a database that lets everyone in. */
export function openServer(
  streams: RulesInput['streams'] = [],
  options: Omit<HeadwaterOptions, 'rules'> & Pick<RulesInput, 'domains' | 'templates'> = {},
): Promise<Headwater> {
  const { domains = [OPEN_DOMAIN], templates = [], env, ...rest } = options;
  return startHeadwater({ rules: { domains, streams, templates }, env: { ...NO_DATABASE, ...env }, ...rest });
}

/** A counter of the metrics, by its whole name with labels; 0 where it was never counted. */
export async function counted(server: Headwater, name: string): Promise<number> {
  return (await server.metric(name)) ?? 0;
}

/** How the RTMP connections of a server ended, as its log says. */
export function endings(server: Headwater): { readonly reason: string; readonly [field: string]: unknown }[] {
  return server.log().filter((line) => line.message === 'RTMP connection ended') as { reason: string }[];
}
