import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { writeFileAtomic } from '../store/index.ts';
import type { UsageBatch, UsageRow } from './usage-row.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const RUNNING = 'running.json.gz';
const BATCH = /^(\d{12})-([\w-]+)\.json\.gz$/;
const DIGITS = 12;
const FIELDS = [
  ...(['scope', 'domain', 'app', 'stream', 'kind', 'door', 'template', 'detail'] as const),
  ...(['bytes', 'secure', 'seconds', 'count', 'peak'] as const),
] as const satisfies readonly (keyof UsageRow)[];

export type WaitingBatch = { readonly name: string; readonly sizeBytes: number };

/** Batches on the disk until the database has them: a file each, synced, in the order of their numbers. */
export class BatchFiles {
  readonly #folder: string;
  #waiting: WaitingBatch[];
  #next: number;

  private constructor(folder: string, waiting: WaitingBatch[]) {
    this.#folder = folder;
    this.#waiting = waiting;
    this.#next = Number(waiting.at(-1)?.name.slice(0, DIGITS) ?? 0) + 1;
  }

  /** What a minute left that had not ended becomes a batch like the others. */
  static async open(folder: string): Promise<BatchFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(folder)).filter((name) => BATCH.test(name)).sort();
    const waiting = await Promise.all(
      names.map(async (name) => ({ name, sizeBytes: (await stat(join(folder, name))).size })),
    );
    const files = new BatchFiles(folder, waiting);
    await files.#takeRunning();
    return files;
  }

  /** The oldest first. */
  get waiting(): readonly WaitingBatch[] {
    return this.#waiting;
  }

  get sizeBytes(): number {
    return this.#waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Resolves once the batch is on the disk. */
  async add(batch: UsageBatch): Promise<void> {
    const name = `${String(this.#next++).padStart(DIGITS, '0')}-${batch.id}.json.gz`;
    const bytes = await packed(batch);
    await writeFileAtomic(join(this.#folder, name), bytes);
    this.#waiting.push({ name, sizeBytes: bytes.length });
  }

  /** The running minute so far, in the place of what was kept of it before. */
  async keepRunning(batch: UsageBatch): Promise<void> {
    await writeFileAtomic(join(this.#folder, RUNNING), await packed(batch));
  }

  async forgetRunning(): Promise<void> {
    await rm(join(this.#folder, RUNNING), { force: true });
  }

  /** Undefined where the file is damaged or gone. */
  async read({ name }: WaitingBatch): Promise<UsageBatch | undefined> {
    return readBatch(join(this.#folder, name));
  }

  async remove(batch: WaitingBatch): Promise<void> {
    this.#waiting = this.#waiting.filter((each) => each !== batch);
    await rm(join(this.#folder, batch.name), { force: true });
  }

  async #takeRunning(): Promise<void> {
    const running = await readBatch(join(this.#folder, RUNNING));
    const isThere = this.#waiting.some(({ name }) => BATCH.exec(name)?.[2] === running?.id);
    if (running && !isThere) await this.add(running);
    await this.forgetRunning();
  }
}

type PackedRow = readonly (string | number)[];
type PackedBatch = Omit<UsageBatch, 'rows'> & { readonly rows: readonly PackedRow[] };

/** Written every few seconds: without the names of fields, and as quickly as it goes. */
function packed({ rows, ...batch }: UsageBatch): Promise<Buffer> {
  const packedBatch: PackedBatch = { ...batch, rows: rows.map((row) => FIELDS.map((field) => row[field])) };
  return compress(JSON.stringify(packedBatch), { level: 1 });
}

function unpackedRow(row: PackedRow): UsageRow {
  return Object.fromEntries(FIELDS.map((field, index) => [field, row[index]])) as unknown as UsageRow;
}

async function readBatch(path: string): Promise<UsageBatch | undefined> {
  try {
    const { rows, ...batch } = JSON.parse(String(await decompress(await readFile(path)))) as PackedBatch;
    return { ...batch, rows: rows.map(unpackedRow) };
  } catch {
    return undefined;
  }
}
