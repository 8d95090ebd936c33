import { hostOf } from './host.ts';
import { matchesPattern } from './match.ts';
import type { DomainRule } from './schema.ts';

/** Whether a push is a stream's backup: it says `backup=1`, or else by the host that it comes to. */
export function isBackupPush({ backupIngest }: DomainRule, host: string, query: string): boolean {
  const said = new URLSearchParams(query).get('backup');
  if (said !== null) return said === '1' || said === 'true';
  return backupIngest.some((pattern) => matchesPattern(pattern, hostOf(host)));
}

/** Hosts of backups that no encoder can push to. */
export function backupHostProblems(domains: readonly DomainRule[]): { path: string; message: string }[] {
  return domains.flatMap(({ ingest, backupIngest }, index) =>
    backupIngest.flatMap((host, at) => {
      if (ingest.includes(host)) return [];
      const message = `${host} is not one of the domain's ingest hosts; add it to ingest, too`;
      return [{ path: `domains[${index}].backupIngest[${at}]`, message }];
    }),
  );
}
