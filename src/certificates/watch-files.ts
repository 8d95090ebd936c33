import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { watch } from 'chokidar';

export type WatchFilesOptions = {
  readonly files: readonly string[];
  /** Files count as written when nothing happened to them for this long: a pair is replaced in two steps. */
  readonly settleMs: number;
  /** They are looked at this often even when nothing is reported: links that lead to them may be swapped. */
  readonly sweepMs: number;
  /** Called after a change, one call after the other; must not reject. */
  readonly onChange: () => Promise<void>;
};

/** Follows files through edits, renames over them and swapped links; returns what stops it. */
export async function watchFiles(options: WatchFilesOptions): Promise<() => Promise<void>> {
  const { files, settleMs, sweepMs, onChange } = options;
  const wanted = new Set(files.map((file) => resolve(file)));
  const directories = [...new Set([...wanted].map((file) => dirname(file)))];
  let seen = await identities(files);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let work = Promise.resolve();

  const check = async () => {
    const now = await identities(files);
    if (isStopped || now === seen) return;
    seen = now;
    await onChange();
  };
  const look = () => {
    work = work.then(check);
  };
  const settle = () => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(look, settleMs);
  };

  const names = new Set([...wanted].map((file) => basename(file)));
  const watcher = watch(directories, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => !directories.includes(resolve(path)) && !names.has(basename(path)),
  });
  watcher.on('all', settle);
  watcher.on('error', () => undefined);
  const sweep = setInterval(settle, sweepMs).unref();
  await new Promise<void>((ready) => watcher.once('ready', ready));
  return async () => {
    isStopped = true;
    clearInterval(sweep);
    clearTimeout(timer);
    await watcher.close();
    await work;
  };
}

/** What tells one content of the files from another without reading them. */
async function identities(files: readonly string[]): Promise<string> {
  const each = files.map(async (file) => {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  });
  const settled = await Promise.allSettled(each);
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : 'none')).join('\n');
}
