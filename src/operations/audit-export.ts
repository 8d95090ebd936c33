import type { Storage } from '../storage/index.ts';
import type { ChainedEntry } from '../store/index.ts';

export type AuditExportOptions = {
  readonly log: {
    readonly chains: () => Promise<readonly string[]>;
    readonly entriesAfter: (chain: string, number: number, limit: number) => Promise<readonly ChainedEntry[]>;
  };
  readonly storage: Pick<Storage, 'list' | 'put' | 'delete'>;
  readonly prefix: string;
  /** 0 for ever. */
  readonly keepDays: number;
  readonly wallMs: () => number;
  /** In one object. */
  readonly mostEntries?: number;
};

const MOST_ENTRIES = 10_000;
const DAY_MS = 86_400_000;
const DIGITS = 12;
const NAME = /(\d{12})-(\d{12})\.jsonl$/;

/**
 * Copies the audit log into a storage, as `{prefix}{chain}/{first}-{last}.jsonl`, an entry a line. What is there says how
 * far it came, so that it goes on after any break.
 */
export async function exportAudit(options: AuditExportOptions): Promise<number> {
  const { log, storage, prefix, mostEntries = MOST_ENTRIES } = options;
  let exported = 0;
  for (const chain of await log.chains()) {
    for (let last = await lastNumber(options, chain); ; ) {
      const entries = await log.entriesAfter(chain, last, mostEntries);
      const [first, end] = [entries[0], entries.at(-1)];
      if (!first || !end) break;
      const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      const name = `${prefix}${chain}/${padded(first.number)}-${padded(end.number)}.jsonl`;
      await storage.put(name, { bytes }, { contentType: 'application/jsonl' });
      exported += entries.length;
      last = end.number;
    }
  }
  await removeOld(options);
  return exported;
}

/** Of the copies that are there; the last one of a chain is never removed, so that it is known. */
async function lastNumber({ storage, prefix }: AuditExportOptions, chain: string): Promise<number> {
  let last = 0;
  for await (const { name } of storage.list(`${prefix}${chain}/`))
    last = Math.max(last, Number(NAME.exec(name)?.[2] ?? 0));
  return last;
}

async function removeOld({ storage, prefix, keepDays, wallMs }: AuditExportOptions): Promise<void> {
  if (keepDays === 0) return;
  const old: string[] = [];
  let before: { readonly name: string; readonly modifiedAtMs: number } | undefined;
  for await (const object of storage.list(prefix)) {
    if (!NAME.test(object.name)) continue;
    const isSameChain = before !== undefined && folderOf(before.name) === folderOf(object.name);
    if (before && isSameChain && wallMs() - before.modifiedAtMs > keepDays * DAY_MS) old.push(before.name);
    before = object;
  }
  for (const name of old) await storage.delete(name);
}

const folderOf = (name: string) => name.slice(0, name.lastIndexOf('/'));
const padded = (number: number) => String(number).padStart(DIGITS, '0');
