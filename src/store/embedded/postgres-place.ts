import { createHash } from 'node:crypto';
import { chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Logger, StoreError } from '../base/index.ts';
import { copyBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { type Account, run } from './run.ts';

const ACCOUNT_NAME = 'headwater';
const SHARED_FOLDER = '/var/lib/headwater';

/** How root runs a server that refuses to be root: see docs/decisions/embedded-postgresql-as-root.md. */
export type RootMode = 'auto' | 'namespace' | 'account';

/** Where the server lives and what stands before its command line. */
export interface PostgresPlace {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly prefix: readonly string[];
  readonly account: Account | undefined;
}

interface PlaceOptions {
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly log: Logger;
  readonly rootMode: RootMode;
}

/** Decides under whom and where the server runs: as ourselves, or for root in a user namespace or as `headwater`. */
export async function choosePlace(options: PlaceOptions): Promise<PostgresPlace> {
  const folder = join(resolve(options.dataDir), 'postgres');
  const shared = join(SHARED_FOLDER, `data-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  if (process.getuid?.() !== 0) return ownPlace(folder, options.binaries);
  const mode = options.rootMode === 'auto' && (await hasData(shared)) ? 'account' : options.rootMode;
  if (mode !== 'account') {
    const place = await namespacePlace(folder, options.binaries);
    if (place !== undefined) return place;
    if (mode === 'namespace') {
      throw new StoreError(
        'POSTGRES_START_FAILED',
        'this machine does not let us make a user namespace',
        'Run as an ordinary user, or set DATABASE_URL.',
      );
    }
  }
  return accountPlace(folder, shared, options);
}

/** True where a database was made before. */
export async function hasData(folder: string): Promise<boolean> {
  return stat(join(folder, 'data', 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function ownPlace(folder: string, binaries: PostgresBinaries): Promise<PostgresPlace> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { folder, binaries, prefix: [], account: undefined };
}

async function namespacePlace(folder: string, binaries: PostgresBinaries): Promise<PostgresPlace | undefined> {
  const ids = await namedIds();
  if (ids === undefined) return undefined;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const prefix = ['unshare', '--user', `--map-user=${ids.uid}`, `--map-group=${ids.gid}`, '--'];
  const place = { folder, binaries, prefix, account: undefined };
  if (!(await canRun(place))) return undefined;
  await giveTo(folder, 0, 0);
  return place;
}

async function accountPlace(folder: string, shared: string, options: PlaceOptions): Promise<PostgresPlace> {
  const account = await ensureAccount(options.log);
  const canRead = (await run([options.binaries.postgres, '--version'], { account })).code === 0;
  const binaries = canRead ? options.binaries : await copyBinaries(options.binaries, SHARED_FOLDER);
  for (const candidate of (await hasData(shared)) ? [shared] : [folder, shared]) {
    await mkdir(candidate, { recursive: true, mode: candidate === shared ? 0o755 : 0o700 });
    await giveTo(candidate, account.uid, account.gid);
    const place = { folder: candidate, binaries, prefix: [], account };
    if (await canRun(place)) {
      if (candidate !== folder) options.log.info({ folder: candidate }, 'database lives outside the data directory');
      return place;
    }
    if (await hasData(candidate)) break;
  }
  throw new StoreError(
    'DATA_DIR_UNREACHABLE',
    `the account ${ACCOUNT_NAME} cannot reach the database in ${folder}`,
    `Let others pass through the folders above it (chmod o+x), run as an ordinary user, or set DATABASE_URL.`,
  );
}

/** Tries it: enter the folder, write there, run the program. */
async function canRun(place: PostgresPlace): Promise<boolean> {
  const probe = 'cd "$1" && test -w . && "$2" --version';
  const command = [...place.prefix, 'sh', '-c', probe, 'sh', place.folder, place.binaries.postgres];
  return (await run(command, { account: place.account, cwd: '/' })).code === 0;
}

/** A user that has a name, which initdb insists on; the namespace maps it to root's own files. */
async function namedIds(): Promise<Account | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const users = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const user = users.find(({ name }) => name === 'nobody') ?? users[0];
  return user === undefined ? undefined : { uid: user.uid, gid: user.gid };
}

async function ensureAccount(log: Logger): Promise<Account> {
  const known = await lookUp();
  if (known !== undefined) return known;
  const shell = '/usr/sbin/nologin';
  const added = await run(['useradd', '--system', '--user-group', '--no-create-home', '--shell', shell, ACCOUNT_NAME]);
  const account = await lookUp();
  if (account === undefined) {
    throw new StoreError(
      'ACCOUNT_MISSING',
      `PostgreSQL does not run as root, and the account ${ACCOUNT_NAME} cannot be made: ${added.output}`,
      `Make a system account named ${ACCOUNT_NAME}, run as an ordinary user, or set DATABASE_URL.`,
    );
  }
  log.info({ account: ACCOUNT_NAME, uid: account.uid }, 'system account made for the database');
  return account;
}

async function lookUp(): Promise<Account | undefined> {
  const uid = await run(['id', '-u', ACCOUNT_NAME]);
  const gid = await run(['id', '-g', ACCOUNT_NAME]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/** Hands a folder over when it belongs to somebody else, as after a change of mode. */
async function giveTo(folder: string, uid: number, gid: number): Promise<void> {
  const data = join(folder, 'data');
  const owners = await Promise.all([folder, data].map((path) => stat(path).catch(() => undefined)));
  if (owners.every((owner) => owner === undefined || owner.uid === uid)) return;
  await chown(folder, uid, gid);
  await run(['chown', '-R', `${uid}:${gid}`, folder]);
}
