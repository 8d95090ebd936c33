import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SliceState, SliceStates } from './archived-slices.ts';
import { sliceFile, sliceOfFile } from './layout.ts';
import { encodeSliceContents } from './slice-boxes.ts';
import { withSliceFile } from './slice-bytes.ts';
import { type SliceScan, scanSlice } from './slice-scan.ts';

export type FoundSlice = Pick<SliceScan, 'head' | 'init' | 'segments' | 'isEnded'>;

const AT_ONCE = 16;

/** The numbers of the slices whose files are in a folder, rising. */
export async function slicesIn(folder: string): Promise<number[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return files.flatMap((name) => sliceOfFile(name) ?? []).sort((a, b) => a - b);
}

/**
 * How a day's files differ from what its index says: slices that are gone, and those that are other than it says. An
 * index that has lines which can't be read may lack anything.
 */
export async function findSlices(
  folder: string,
  states: SliceStates,
  isIndexSound: boolean,
): Promise<{ readonly gone: readonly number[]; readonly changed: ReadonlyMap<number, FoundSlice> }> {
  const here = new Set(await slicesIn(folder));
  const gone = states.all.filter(({ first, isHere }) => isHere && !here.has(first)).map(({ first }) => first);
  const changed = new Map<number, FoundSlice>();
  const look = async (first: number) => {
    const file = join(folder, sliceFile(first));
    const state = states.find(first);
    // A crash came between its line and its file.
    if (states.deleted.has(first) || state?.isHere === false) return rm(file, { force: true }).catch(() => undefined);
    const isSame = state !== undefined && (await isAsIndexed(file, state));
    if (isSame && isIndexSound) return;
    const found = !isSame && state?.isEnded && state.remote ? undefined : await lookInto(file);
    if (found?.segments[0]?.number === first) changed.set(first, found);
    else if (state) gone.push(first);
  };
  const firsts = [...here];
  for (let at = 0; at < firsts.length; at += AT_ONCE) await Promise.all(firsts.slice(at, at + AT_ONCE).map(look));
  return { gone, changed };
}

async function isAsIndexed(file: string, { isEnded, sizeBytes }: SliceState): Promise<boolean> {
  if (!isEnded) return false;
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && found.size >= sizeBytes;
}

/** What is whole in a slice's file; one that was not written to its end gets the end it lacks, where the disk lets us. */
export async function lookInto(file: string): Promise<FoundSlice | undefined> {
  const scan = await withSliceFile(file, scanSlice).catch(() => undefined);
  if (!scan || scan.segments.length === 0 || scan.isEnded) return scan && scan.segments.length > 0 ? scan : undefined;
  await endSliceFile(file, scan).catch(() => undefined);
  return { ...scan, isEnded: true };
}

async function endSliceFile(file: string, { segments, soundBytes }: SliceScan): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const contents = encodeSliceContents(segments);
    await handle.truncate(soundBytes);
    await handle.write(contents, 0, contents.length, soundBytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
