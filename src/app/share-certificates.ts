import type { Logger } from '../log/index.ts';
import type { CertificateShelf } from '../operations/index.ts';
import type { CertificateTable } from '../store/index.ts';

/**
 * Brings the certificates of this node and those of the database together, now and after each change: what was added
 * here while the database was away goes there, then what is there is what there is. Returns what ends it.
 */
export function shareCertificates(
  table: Pick<CertificateTable, 'onChange' | 'put' | 'load'>,
  shelf: CertificateShelf,
  log: Logger,
): { close(): Promise<void> } {
  let work: Promise<void> = Promise.resolve();
  const once = async () => {
    for (const each of shelf.unshared()) await table.put(each);
    await shelf.take(await table.load());
  };
  const stop = table.onChange(() => {
    work = work.then(once).catch((error: unknown) => log.warn({ error }, 'certificates could not be shared'));
  });
  return {
    async close() {
      stop();
      await work;
    },
  };
}
