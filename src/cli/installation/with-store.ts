import type { Config } from '../../config/index.ts';
import { createLogger } from '../../log/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { CliError } from './cli-error.ts';

/** An embedded database may first have to be made. */
const DATABASE_WAIT_MS = 60_000;

/** Works on the database of an installation whose server does not run. */
export async function withStore<T>(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore({
    dataDir: config.dataDir,
    databaseUrl: config.databaseUrl ?? undefined,
    log: createLogger({ level: 'silent' }),
    waitMs: DATABASE_WAIT_MS,
  });
  try {
    const { state } = store;
    if (state.kind !== 'ready') throw new CliError(`the database is not available: ${state.reason}`, state.remedy);
    return await work(store);
  } finally {
    await store.close();
  }
}
