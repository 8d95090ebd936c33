import { randomUUID } from 'node:crypto';
import { loadConfig } from '../config/index.ts';
import { type Side, signStreamUrl, spanText } from '../operations/index.ts';
import { CliError, requireInstalledRules } from './installation/index.ts';
import { secondsFromNow } from './times.ts';

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
  const nowMs = Date.now();
  const { expires, uid, rand, key } = options;
  const made = signStreamUrl(url, rules, {
    ...{ nowMs, side: sideOption(options) },
    ...(expires === undefined ? {} : { expiresInSeconds: secondsFromNow(expires, nowMs) }),
    ...(uid === undefined ? {} : { uid }),
    ...(rand ? { rand: randomUUID().replaceAll('-', '') } : {}),
    ...(key === undefined ? {} : { keyName: key }),
  });
  const { side, domain, isSigned, seconds } = made;
  const what = side === 'publish' ? 'push' : 'play';
  if (!isSigned) {
    process.stderr.write(`note: signing is off for ${what} URLs of the domain ${domain.name}: it works as it is.\n`);
  }
  if (seconds <= 0) process.stderr.write(`note: this URL expired ${spanText(seconds)} ago.\n`);
  process.stdout.write(`${made.url}\n`);
  return 0;
}

/** What `--push` and `--play` say of an RTMP URL, which can be either. */
export function sideOption({ push, play }: { readonly push?: boolean; readonly play?: boolean }): Side | undefined {
  if (push && play) throw new CliError('--push and --play exclude each other', 'Leave one out.', { exitCode: 2 });
  if (push) return 'publish';
  return play ? 'play' : undefined;
}
