import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SliceState, SliceStates } from './archived-slices.ts';
import { decodeIndexLine, type IndexLine, isSegmentLine } from './index-line.ts';
import { INDEX_FILE } from './layout.ts';
import type { NumberRange } from './loaded-days.ts';
import { slicesIn } from './slices-on-disk.ts';

/** More than the lines of any init segment, and than those of what becomes of a few hours' slices. */
const END_BYTES = 131_072;

/** The numbers that a day's index begins and ends with; undefined where that takes reading all of it. */
export async function rangeOfIndex(folder: string): Promise<NumberRange | undefined> {
  const handle = await open(join(folder, INDEX_FILE), 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    const read = async (at: number) => {
      const bytes = Buffer.alloc(Math.min(END_BYTES, size - at));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      return bytes.toString('utf8', 0, bytesRead).split('\n');
    };
    const first = firstNumberIn(await read(0));
    const end = await read(Math.max(0, size - END_BYTES));
    // A torn end means that slices know more than the index does.
    if (end.pop() !== '') return undefined;
    const last = end.map(decodeIndexLine).findLast(isOfSegments);
    if (first === undefined || last?.kind !== 'ended') return undefined;
    // A slice of which nothing had come into the index when the server was killed.
    const newest = (await slicesIn(folder)).at(-1) ?? 0;
    if (newest > last.lastNumber) return undefined;
    return { firstNumber: first, lastNumber: last.lastNumber };
  } finally {
    await handle.close();
  }
}

/** The slices of a day as its index has them, passing over segments; undefined where the slices themselves must be asked. */
export async function summaryOf(folder: string): Promise<SliceState[] | undefined> {
  const text = await readFile(join(folder, INDEX_FILE), 'utf8').catch(() => undefined);
  if (text === undefined || !text.endsWith('\n')) return undefined;
  const states = new SliceStates();
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) {
    if (isSegmentLine(text, at)) continue;
    const line = decodeIndexLine(text.slice(at, text.indexOf('\n', at)));
    if (!line) return undefined;
    states.apply(line);
  }
  const slices = states.all.sort((a, b) => a.first - b.first);
  const isComplete = (await slicesIn(folder)).every((first) => states.find(first));
  return isComplete && slices.every(({ isEnded }) => isEnded) ? slices : undefined;
}

function firstNumberIn(lines: readonly string[]): number | undefined {
  for (const text of lines) {
    const line = decodeIndexLine(text);
    if (line?.kind === 'segment') return line.segment.number;
  }
  return undefined;
}

const isOfSegments = (line: IndexLine | undefined): boolean => line?.kind === 'segment' || line?.kind === 'ended';
