import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, storageSettings } from '../../config/index.ts';
import { type Check, fail, folderCheck, ok, warn } from '../doctor/index.ts';
import type { RunningServer } from '../installation/index.ts';
import type { Drill } from './drill.ts';

type Health = {
  readonly database: { readonly state: string; readonly reason?: string };
  readonly journal: { readonly state: string; readonly reason?: string };
  readonly storages: { readonly failing: Readonly<Record<string, string>> };
  readonly rules: { readonly revision: number };
};

const FEW_HOURS = 4;

/** What would hold if the database went away now; looks only. */
export async function dryDatabase(drill: Drill, { api }: RunningServer, { dataDir }: Config): Promise<void> {
  const { database, journal, rules } = await api.get<Health>('/health');
  const add = (check: Check) => drill.note(check);
  add(
    database.state === 'ready'
      ? ok('database', 'the server has its database now')
      : warn('database', `the server has none now: ${database.reason ?? database.state}`, 'See DATABASE_DOWN.'),
  );
  add(
    journal.state === 'ok'
      ? ok('journal', 'events reach the journal on this disk')
      : fail('journal', `events do not reach the disk: ${journal.reason ?? ''}`, 'See JOURNAL_FAILING.'),
  );
  for (const name of ['journal', 'usage', 'shows']) add(await folderCheck(`${name}-folder`, join(dataDir, name)));
  add(await savedRules(join(dataDir, 'rules.json'), rules.revision));
  add(await readable('users', join(dataDir, 'identity.json'), 'users and access keys'));
  add(await readable('secrets', join(dataDir, 'secrets.json'), 'the secrets of this node'));
}

/** What would hold if the buckets went away now; looks only, and writes into none. */
export async function dryBuckets(drill: Drill, { api }: RunningServer, config: Config): Promise<void> {
  const { storages } = await api.get<Health>('/health');
  const buckets = storageSettings(config).filter(({ kind }) => kind === 's3');
  if (buckets.length === 0) drill.note(ok('storages', 'no storage of this server is a bucket'));
  for (const { name } of buckets) {
    const reason = storages.failing[name];
    const remedy = 'It is behind already: see STORAGE_BEHIND.';
    drill.note(
      reason === undefined ? ok(`storage.${name}`, 'takes uploads now') : fail(`storage.${name}`, reason, remedy),
    );
  }
  const folder = join(config.dataDir, 'uploads');
  const spool = await folderCheck('spool', folder);
  drill.note(spool);
  if (spool.status !== 'fail') drill.note(await roomCheck(api, spool.finding));
}

/** For how long everything that comes in now would find room, if all of it were to be uploaded. */
async function roomCheck(api: RunningServer['api'], finding: string): Promise<Check> {
  const { streams } = await api.get<{ readonly streams: readonly { readonly bitrateKbps: number }[] }>(
    '/streams?limit=1000',
  );
  const kbps = streams.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, 0);
  const freeGb = Number(/([\d.]+) GB free/.exec(finding)?.[1] ?? 0);
  if (kbps === 0) return ok('room', 'nothing comes in now; do this again while streams are live');
  const hours = (freeGb * 8e6) / kbps / 3600;
  const words = `room for ${hours < 100 ? hours.toFixed(1) : Math.round(hours)} h of the ${(kbps / 1000).toFixed(1)} Mb/s that come in now`;
  return hours >= FEW_HOURS ? ok('room', words) : warn('room', words, 'Give the data directory a larger disk.');
}

/** A server that starts without its database has these rules. */
async function savedRules(file: string, revision: number): Promise<Check> {
  const remedy = 'Change any rule: they are saved with each change. See whether the data directory can be written to.';
  try {
    const saved = JSON.parse(await readFile(file, 'utf8')) as { readonly revision?: unknown };
    if (saved.revision === revision) return ok('saved-rules', `revision ${revision} is saved, which is that of now`);
    return fail('saved-rules', `revision ${saved.revision} is saved, and ${revision} is in force`, remedy);
  } catch (error) {
    return fail('saved-rules', `rules.json cannot be used (${(error as Error).name})`, remedy);
  }
}

async function readable(id: string, file: string, what: string): Promise<Check> {
  try {
    JSON.parse(await readFile(file, 'utf8'));
    return ok(id, `${what} are on this disk`);
  } catch {
    return fail(
      id,
      `${file} cannot be used`,
      'Nobody could log in without the database. Restart the server while it is there.',
    );
  }
}
