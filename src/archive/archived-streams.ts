import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamId } from '../live/index.ts';
import { STREAM_FILE, streamOf } from './layout.ts';

/** The streams that have folders in an archive. */
export async function* archivedStreams(folder: string): AsyncGenerator<StreamId> {
  for (const domain of await foldersIn(folder)) {
    for (const app of await foldersIn(join(folder, domain))) {
      for (const name of await foldersIn(join(folder, domain, app))) {
        const id = streamOf(domain, app, name) ?? (await idIn(join(folder, domain, app, name)));
        if (id) yield id;
      }
    }
  }
}

/** Whose folder it is, where its name is too long to say so. */
export async function idIn(streamFolder: string): Promise<StreamId | undefined> {
  try {
    const { domain, app, name } = JSON.parse(await readFile(join(streamFolder, STREAM_FILE), 'utf8')) as StreamId;
    return { domain: String(domain), app: String(app), name: String(name) };
  } catch {
    return undefined;
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
