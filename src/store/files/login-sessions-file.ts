import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'login-sessions.json';

const Content = z.object({
  version: z.literal(1),
  sessions: z.array(
    z.object({
      id: z.string(),
      userId: z.string(),
      startedMs: z.number(),
      endsMs: z.number(),
      address: z.string(),
      agent: z.string(),
    }),
  ),
});

/** Somebody who is logged in; what proves it is signed elsewhere. */
export type StoredLoginSession = Readonly<z.output<typeof Content>['sessions'][number]>;

/** The logins that were kept in `dataDir`; none where there is no file. Needs no database. */
export async function readLoginSessions(dataDir: string): Promise<StoredLoginSession[]> {
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  if (text === undefined) return [];
  try {
    return Content.parse(JSON.parse(text)).sessions;
  } catch (cause) {
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, 'Remove it: everybody then logs in again.', cause);
  }
}

/** Keeps all logins, in the place of those before: on the disk when it resolves. */
export async function writeLoginSessions(dataDir: string, sessions: readonly StoredLoginSession[]): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dataDir, FILE_NAME), `${JSON.stringify({ version: 1, sessions }, null, 1)}\n`);
}
