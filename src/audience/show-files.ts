import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crashedSummary, type ShowSummary, showSummary } from './show-summary.ts';

const NAME = /^[A-Za-z0-9_-]{1,80}\.json$/;
/** Of shows that no database took: the oldest go first. */
const MOST_FILES = 5000;

/** Summaries of shows on this disk, a file each: of those that run, and of those that are not in the database yet. */
export class ShowFiles {
  readonly #folder: string;
  readonly #all = new Map<string, ShowSummary>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Shows that were running when the last process ended are over since they were last written down. */
  static async open(folder: string): Promise<ShowFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = new ShowFiles(folder);
    for (const name of (await readdir(folder)).sort()) {
      const summary = NAME.test(name) ? await read(join(folder, name)) : undefined;
      if (!summary) continue;
      if (summary.endedAtMs === undefined) await files.write(crashedSummary(summary));
      else files.#all.set(summary.id, summary);
    }
    return files;
  }

  /** Those that are over, the oldest first. */
  ended(): ShowSummary[] {
    const over = [...this.#all.values()].filter(({ endedAtMs }) => endedAtMs !== undefined);
    return over.sort((a, b) => a.startedAtMs - b.startedAtMs);
  }

  /** The show that a publish belongs to. */
  find(sessionId: string): ShowSummary | undefined {
    for (const summary of this.#all.values()) if (isOf(summary, sessionId)) return summary;
    return undefined;
  }

  async write(summary: ShowSummary): Promise<void> {
    const path = this.#pathOf(summary.id);
    await writeFile(`${path}.tmp`, JSON.stringify(summary), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    if (summary.endedAtMs === undefined) return;
    this.#all.set(summary.id, summary);
    if (this.#all.size <= MOST_FILES) return;
    for (const { id } of this.ended().slice(0, this.#all.size - MOST_FILES)) await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    this.#all.delete(id);
    await rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

export function isOf({ connections }: ShowSummary, sessionId: string): boolean {
  return connections.some((each) => each.sessionId === sessionId);
}

/** Undefined for what is damaged, or was written by a later version. */
async function read(path: string): Promise<ShowSummary | undefined> {
  try {
    return showSummary.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
