import { ByteReader, MalformedError } from '../bytes/index.ts';
import { readBoxHead } from './box-reader.ts';
import { readMovieFragment, type SampleRun } from './movie-fragment.ts';

/** A fragment without its samples' bytes. Offsets count from the first of the bytes that it was read from. */
export type FragmentTable = {
  readonly sequenceNumber: number;
  readonly runs: readonly SampleRun[];
  /** Of the mdat's payload. */
  readonly payloadOffset: number;
  readonly payloadBytes: number;
  readonly hasStyp: boolean;
};

/**
 * Reads a moof and its mdat's header, and nothing behind it: of the mdat's payload not a byte needs to be there.
 * Boxes before the moof are passed over. Throws MalformedError, also where a run lies outside of the mdat.
 */
export function readFragmentTable(bytes: Uint8Array, from = 0): FragmentTable {
  const reader = new ByteReader(bytes, 'fragment');
  reader.skip(from);
  let hasStyp = false;
  for (;;) {
    const moofOffset = reader.offset;
    const { type, sizeBytes, headerBytes } = readBoxHead(reader);
    const body = reader.bytes(sizeBytes - headerBytes);
    if (type === 'mdat') throw new MalformedError('BAD_VALUE', 'fragment', 'has an mdat before its moof');
    if (type === 'styp') hasStyp = true;
    if (type !== 'moof') continue;
    const { sequenceNumber, runs } = readMovieFragment(body);
    const mdat = readBoxHead(reader);
    if (mdat.type !== 'mdat') throw new MalformedError('BAD_VALUE', 'fragment', `has ${mdat.type} behind its moof`);
    const payload = { payloadOffset: reader.offset, payloadBytes: mdat.sizeBytes - mdat.headerBytes };
    const placed = runs.map((run) => ({ ...run, dataOffset: run.dataOffset + moofOffset }));
    for (const run of placed) checkWithin(run, payload);
    return { sequenceNumber, runs: placed, ...payload, hasStyp };
  }
}

function checkWithin(
  { dataOffset, samples }: SampleRun,
  { payloadOffset, payloadBytes }: Pick<FragmentTable, 'payloadOffset' | 'payloadBytes'>,
): void {
  const end = samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, dataOffset);
  if (dataOffset < payloadOffset || end > payloadOffset + payloadBytes) {
    throw new MalformedError('BAD_VALUE', 'trun', 'lies outside of its mdat');
  }
}

/** The tables of fragments that follow one another, such as a segment's parts. */
export function* fragmentTablesIn(bytes: Uint8Array): Generator<FragmentTable, void, undefined> {
  for (let at = 0; at < bytes.length; ) {
    const table = readFragmentTable(bytes, at);
    yield table;
    at = table.payloadOffset + table.payloadBytes;
  }
}
