import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'identity.json';

const Content = z.object({
  version: z.literal(1),
  users: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      grants: z.array(z.unknown()).readonly(),
      statements: z.array(z.unknown()).readonly(),
      passwordHash: z.string().nullable(),
      totpSecret: z.string().nullable(),
      recoveryHashes: z.array(z.string()),
      isEnabled: z.boolean(),
      createdAt: z.coerce.date(),
      endedBefore: z.coerce.date(),
    }),
  ),
  keys: z.array(
    z.object({
      id: z.string(),
      userId: z.string(),
      sealedSecret: z.string(),
      note: z.string(),
      createdAt: z.coerce.date(),
      lastUsedAt: z.coerce.date().nullable(),
    }),
  ),
});

/** Users and access keys as they are kept. */
export type StoredIdentity = Readonly<Pick<z.output<typeof Content>, 'users' | 'keys'>>;

/** Somebody who may log in. */
export type StoredUser = Readonly<StoredIdentity['users'][number]>;

/** What a program logs in with. */
export type StoredAccessKey = Readonly<StoredIdentity['keys'][number]>;

/** What was kept in `dataDir`; undefined where there is no file. Needs no database. */
export async function readIdentity(dataDir: string): Promise<StoredIdentity | undefined> {
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const { users, keys } = Content.parse(JSON.parse(text));
    return { users, keys };
  } catch (cause) {
    const remedy = 'Restore the file from a backup, or remove it: users then come from the database.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, cause);
  }
}

/** Keeps all users and keys, in the place of those before: on the disk when it resolves. */
export async function writeIdentity(dataDir: string, { users, keys }: StoredIdentity): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dataDir, FILE_NAME), `${JSON.stringify({ version: 1, users, keys }, null, 1)}\n`);
}
