import { randomUUID } from 'node:crypto';
import { signUrl } from '../access/index.ts';
import { loadConfig } from '../config/index.ts';
import { CliError, requireInstalledRules } from './installation/index.ts';
import { readStreamUrl, type Side } from './stream-url.ts';
import { secondsFromNow, spanText } from './times.ts';

export type SignOptions = {
  readonly expires?: string;
  readonly uid?: string;
  readonly rand?: boolean;
  readonly key?: 'main' | 'backup';
  readonly push?: boolean;
  readonly play?: boolean;
  readonly config?: string;
};

/** Prints the URL, signed, alone on standard output; what there is to say about it goes to standard error. */
export async function sign(url: string, options: SignOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const rules = await requireInstalledRules(config);
  const { side, domain } = readStreamUrl(url, rules, sideOption(options));
  const auth = side === 'publish' ? domain.push.auth : domain.play.auth;
  const what = side === 'publish' ? 'push' : 'play';
  if (auth.type === 'no_auth') {
    process.stderr.write(`note: signing is off for ${what} URLs of the domain ${domain.name}: it works as it is.\n`);
  } else if (options.key === 'backup' && auth.key2 === undefined) {
    throw new CliError(`the domain ${domain.name} has no backup key for ${what} URLs`, 'Set key2, or leave --key out.');
  }
  const nowMs = Date.now();
  const seconds = options.expires === undefined ? auth.validitySeconds : secondsFromNow(options.expires, nowMs);
  if (seconds <= 0) process.stderr.write(`note: this URL expired ${spanText(seconds)} ago.\n`);
  process.stdout.write(`${signed(url, auth, { ...options, nowMs, seconds })}\n`);
  return 0;
}

/** What `--push` and `--play` say of an RTMP URL, which can be either. */
export function sideOption({ push, play }: { readonly push?: boolean; readonly play?: boolean }): Side | undefined {
  if (push && play) throw new CliError('--push and --play exclude each other', 'Leave one out.', { exitCode: 2 });
  if (push) return 'publish';
  return play ? 'play' : undefined;
}

function signed(
  url: string,
  auth: Parameters<typeof signUrl>[1],
  options: SignOptions & { readonly nowMs: number; readonly seconds: number },
): string {
  try {
    return signUrl(url, auth, {
      nowMs: options.nowMs,
      expiresInSeconds: options.seconds,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.rand ? { rand: randomUUID().replaceAll('-', '') } : {}),
      ...(options.key === undefined ? {} : { keyName: options.key }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(error.message, 'A uid is any text without hyphens and blanks.', { exitCode: 2 });
  }
}
