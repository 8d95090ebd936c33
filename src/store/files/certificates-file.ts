import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'certificates.json';

const Content = z.object({
  version: z.literal(1),
  certificates: z.array(
    z.object({
      id: z.string(),
      hosts: z.array(z.string()),
      cert: z.string(),
      sealedKey: z.string(),
      source: z.enum(['upload', 'acme']),
      addedMs: z.number(),
      by: z.string(),
      isShared: z.boolean().default(false),
    }),
  ),
});

/** A certificate in PEM with its chain, its key sealed with the master key; `isShared` where the database has it, too. */
export type StoredCertificate = Readonly<z.output<typeof Content>['certificates'][number]>;

/** As what a certificate's key is sealed. */
export const certificatePlace = (id: string) => `certificate ${id}`;

/** The certificates that were kept in `dataDir`; none where there is no file. Needs no database. */
export async function readCertificates(dataDir: string): Promise<StoredCertificate[]> {
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  if (text === undefined) return [];
  try {
    return Content.parse(JSON.parse(text)).certificates;
  } catch (cause) {
    const remedy = 'Restore the file from a backup, or move it away and upload the certificates again.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, cause);
  }
}

/** Keeps all of them, in the place of those before: on the disk when it resolves. */
export async function writeCertificates(dataDir: string, certificates: readonly StoredCertificate[]): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dataDir, FILE_NAME), `${JSON.stringify({ version: 1, certificates }, null, 1)}\n`);
}
