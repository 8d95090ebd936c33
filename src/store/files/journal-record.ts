import { crc32 } from 'node:zlib';

/** One durable line of the journal. */
export interface JournalRecord<T> {
  readonly sequence: number;
  readonly entry: T;
}

/** What a segment file held: whole records, where the last of them ends, and how many damaged lines lie before that. */
export interface SegmentContent<T> {
  readonly records: JournalRecord<T>[];
  readonly validBytes: number;
  readonly damagedLines: number;
}

// llllllll cccccccc {"sequence":1,"entry":...}\n   (length and CRC-32 of the JSON's UTF-8 bytes, in hexadecimal)
const HEAD_BYTES = 18;
const HEAD = /^[0-9a-f]{8} [0-9a-f]{8} $/;
const NEWLINE = 0x0a;

/** A record as one line of length, CRC-32 and JSON. */
export function encodeRecord(record: JournalRecord<unknown>): Buffer {
  const body = Buffer.from(JSON.stringify({ sequence: record.sequence, entry: record.entry }));
  const head = `${hex8(body.length)} ${hex8(crc32(body))} `;
  return Buffer.concat([Buffer.from(head, 'latin1'), body, Buffer.of(NEWLINE)]);
}

/** Reads a segment to its end, skipping damaged lines; whatever follows the last whole record is a torn tail. */
export function decodeSegment<T>(bytes: Buffer): SegmentContent<T> {
  const records: JournalRecord<T>[] = [];
  let validBytes = 0;
  let damagedLines = 0;
  let damagedSinceValid = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline < 0) break;
    const record = decodeLine<T>(bytes.subarray(start, newline));
    if (record === undefined) damagedSinceValid++;
    else {
      records.push(record);
      damagedLines += damagedSinceValid;
      damagedSinceValid = 0;
      validBytes = newline + 1;
    }
    start = newline + 1;
  }
  return { records, validBytes, damagedLines };
}

function decodeLine<T>(line: Buffer): JournalRecord<T> | undefined {
  const head = line.toString('latin1', 0, HEAD_BYTES);
  if (!HEAD.test(head)) return undefined;
  const body = line.subarray(HEAD_BYTES);
  if (body.length !== Number.parseInt(head.slice(0, 8), 16)) return undefined;
  if (crc32(body) !== Number.parseInt(head.slice(9, 17), 16)) return undefined;
  return JSON.parse(body.toString('utf8')) as JournalRecord<T>;
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
