import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, syncDirectory, writeFileAtomic } from '../base/index.ts';
import { decodeSegment, type JournalRecord } from './journal-record.ts';

const SEGMENT_NAME = /^(\d{16})\.log$/;

const Position = z.object({
  acknowledged: z.number().int().nonnegative(),
  highest: z.number().int().nonnegative(),
  carried: z.array(z.object({ sequence: z.number().int(), entry: z.unknown() })),
});

/** What has been dealt with, and the records that stay needed although they are. */
export interface JournalPosition<T> {
  readonly acknowledged: number;
  readonly highest: number;
  readonly carried: readonly JournalRecord<T>[];
}

/** One file of the journal; `last` is the highest sequence number in it. */
export interface Segment {
  readonly path: string;
  last: number;
}

/** What was found on disk at the start. */
export interface JournalFolderContent<T> {
  readonly position: JournalPosition<T>;
  readonly records: JournalRecord<T>[];
  readonly segments: Segment[];
  readonly damagedLines: number;
  readonly tornBytes: number;
}

/** Reads all segments and the position; cuts torn tails off the files. */
export async function readJournalFolder<T>(folder: string): Promise<JournalFolderContent<T>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const position = await readPosition<T>(folder);
  const records: JournalRecord<T>[] = [];
  const segments: Segment[] = [];
  let damagedLines = 0;
  let tornBytes = 0;
  for (const name of (await readdir(folder)).filter((entry) => SEGMENT_NAME.test(entry)).sort()) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    const content = decodeSegment<T>(bytes);
    damagedLines += content.damagedLines;
    if (content.validBytes < bytes.length) {
      tornBytes += bytes.length - content.validBytes;
      await cut(path, content.validBytes);
    }
    records.push(...content.records);
    segments.push({ path, last: content.records.at(-1)?.sequence ?? 0 });
  }
  return { position, records, segments, damagedLines, tornBytes };
}

/** Saves the position durably. */
export async function writePosition(folder: string, position: JournalPosition<unknown>): Promise<void> {
  await writeFileAtomic(positionPath(folder), JSON.stringify(position));
}

/** Opens a new, empty segment whose first record will have this number. */
export async function createSegment(folder: string, first: number): Promise<{ handle: FileHandle; segment: Segment }> {
  const path = join(folder, `${String(first).padStart(16, '0')}.log`);
  const handle = await open(path, 'w', 0o600);
  try {
    await syncDirectory(folder);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, segment: { path, last: 0 } };
}

/** Removes a segment of which nothing is needed any more. */
export async function removeSegment(segment: Segment): Promise<void> {
  await rm(segment.path, { force: true });
}

async function readPosition<T>(folder: string): Promise<JournalPosition<T>> {
  const text = await readFileIfPresent(positionPath(folder));
  if (text === undefined) return { acknowledged: 0, highest: 0, carried: [] };
  try {
    return Position.parse(JSON.parse(text)) as JournalPosition<T>;
  } catch (error) {
    throw new StoreError(
      'FILE_MALFORMED',
      `${positionPath(folder)} cannot be read`,
      'Remove the file: what the journal still holds is then handed over once more, and known events are dropped.',
      error,
    );
  }
}

async function cut(path: string, size: number): Promise<void> {
  await truncate(path, size);
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function positionPath(folder: string): string {
  return join(folder, 'position.json');
}
