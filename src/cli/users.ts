import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/index.ts';
import { randomBase62 } from '../store/index.ts';
import { CliError, findRunningServer } from './installation/index.ts';

export type ResetPasswordOptions = {
  readonly config?: string;
  /** Its first line is the new password; without it one is made and printed. */
  readonly passwordFile?: string;
  /** Takes the second factor away, too. */
  readonly withoutTotp?: boolean;
};

type Users = {
  readonly users: readonly { readonly id: string; readonly name: string }[];
  readonly nextCursor?: string;
};

const LENGTH = 20;

/** Gives a user of the server on this machine a new password, whoever lost theirs; their sessions end. */
export async function resetPassword(name: string, options: ResetPasswordOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server === undefined) {
    throw new CliError('no server runs here', 'Start it, or name its configuration with --config.');
  }
  const id = await idOf(name, (path) => server.api.get<Users>(path));
  if (id === undefined) throw new CliError(`there is no user ${name}`, 'Check the name; case counts.');
  const given = await passwordIn(options.passwordFile);
  const password = given ?? randomBase62(LENGTH);
  const totp = options.withoutTotp ? { withoutTotp: true } : {};
  await server.api.send('PATCH', `/users/${id}`, { password, ...totp });
  process.stdout.write(given === undefined ? `${password}\n` : `${name} has the password of the file.\n`);
  return 0;
}

async function idOf(name: string, get: (path: string) => Promise<Users>): Promise<string | undefined> {
  for (let cursor = ''; ; ) {
    const { users, nextCursor } = await get(`/users${cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`}`);
    const found = users.find((each) => each.name === name);
    if (found || nextCursor === undefined) return found?.id;
    cursor = nextCursor;
  }
}

async function passwordIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, 'utf8')).split('\n', 1)[0] ?? '';
  } catch (cause) {
    throw new CliError(`${file} cannot be read`, 'Check its name and rights.', { cause });
  }
}
