import type { ByteWriter } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import { writeSampleEntry } from './sample-entry.ts';
import type { RunLengths, SampleTable } from './sample-table.ts';
import type { Fmp4Track } from './track.ts';

/** Where the mdat's payload begins in the file, and whether offsets need 64 bits. */
export type ChunkLayout = { readonly payloadAt: number; readonly hasLongOffsets: boolean };

/** Writes stbl (ISO/IEC 14496-12, 8.5) with all its tables; those that would say nothing are left out. */
export function writeSampleTable(
  w: ByteWriter,
  descriptions: readonly Fmp4Track[],
  samples: SampleTable,
  layout: ChunkLayout,
): void {
  writeBox(w, 'stbl', () => {
    writeFullBox(w, 'stsd', 0, 0, () => {
      w.u32(descriptions.length);
      for (const description of descriptions) writeSampleEntry(w, description);
    });
    writeFullBox(w, 'stts', 0, 0, () => writeRunLengths(w, samples.durations));
    writeCtts(w, samples);
    if (samples.syncNumbers.length < samples.sizes.length) {
      writeFullBox(w, 'stss', 0, 0, () => writeNumbers(w, samples.syncNumbers.view()));
    }
    writeStsc(w, samples);
    writeFullBox(w, 'stsz', 0, 0, () => {
      const eachHasItsOwn = 0;
      w.u32(eachHasItsOwn);
      writeNumbers(w, samples.sizes.view());
    });
    writeChunkOffsets(w, samples.chunkOffsets, layout);
  });
}

function writeCtts(w: ByteWriter, { compositionOffsets, hasNegativeOffset }: SampleTable): void {
  const { values } = compositionOffsets;
  if (values.length === 1 && values.at(0) === 0) return;
  writeFullBox(w, 'ctts', hasNegativeOffset ? 1 : 0, 0, () => writeRunLengths(w, compositionOffsets));
}

/** One entry wherever the samples of a chunk or their description change. */
function writeStsc(w: ByteWriter, { chunkCounts, chunkDescriptions }: SampleTable): void {
  const firsts: number[] = [];
  for (let index = 0; index < chunkCounts.length; index++) {
    const isLikeBefore =
      index > 0 &&
      chunkCounts.at(index) === chunkCounts.at(index - 1) &&
      chunkDescriptions.at(index) === chunkDescriptions.at(index - 1);
    if (!isLikeBefore) firsts.push(index);
  }
  writeFullBox(w, 'stsc', 0, 0, () => {
    w.u32(firsts.length);
    for (const index of firsts)
      w.u32(index + 1)
        .u32(chunkCounts.at(index))
        .u32(chunkDescriptions.at(index));
  });
}

function writeChunkOffsets(
  w: ByteWriter,
  offsets: readonly number[],
  { payloadAt, hasLongOffsets }: ChunkLayout,
): void {
  writeFullBox(w, hasLongOffsets ? 'co64' : 'stco', 0, 0, () => {
    w.u32(offsets.length);
    for (const offset of offsets) {
      if (hasLongOffsets) w.u64(payloadAt + offset);
      else w.u32(payloadAt + offset);
    }
  });
}

function writeRunLengths(w: ByteWriter, { counts, values }: RunLengths): void {
  w.u32(counts.length);
  for (let index = 0; index < counts.length; index++) w.u32(counts.at(index)).u32(values.at(index));
}

function writeNumbers(w: ByteWriter, numbers: Uint32Array): void {
  w.u32(numbers.length);
  for (const number of numbers) w.u32(number);
}
