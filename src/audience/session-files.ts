import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** `2026-11-29T17-03-10.jsonl`: begun then, in UTC; all of its records are of that hour. */
const NAME = /^(\d{4}-\d{2}-\d{2}T\d{2})-\d{2}-\d{2}\.jsonl$/;

/** One file of session records on this disk. */
export type SessionFile = { readonly name: string; readonly path: string; readonly sizeBytes: number };

/** The name of a file that is begun now. */
export function sessionFileName(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replaceAll(':', '-')}.jsonl`;
}

/** The hour that a file is of, such as `2026-11-29T17`; undefined where it is none of ours. */
export function hourOf(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

export function hourAt(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 13);
}

/** The files of a folder, the oldest first; makes the folder where there is none. */
export async function listSessionFiles(folder: string): Promise<SessionFile[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = (await readdir(folder)).filter((name) => hourOf(name) !== undefined).sort();
  const files: SessionFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
    if (sizeBytes !== undefined) files.push({ name, path, sizeBytes });
  }
  return files;
}
