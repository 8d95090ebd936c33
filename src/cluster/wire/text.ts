import { type ByteReader, type ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';

const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A string of at most 65535 bytes, with its length before it. */
export function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8.encode(text);
  if (bytes.length > 0xffff) throw new RangeError(`a text of ${bytes.length} bytes is too long for the wire`);
  writer.u16(bytes.length).bytes(bytes);
}

export function readText(reader: ByteReader, structure: string): string {
  const bytes = reader.bytes(reader.u16());
  try {
    return strict.decode(bytes);
  } catch {
    throw new MalformedError('BAD_VALUE', structure, 'a text is not UTF-8');
  }
}

/** Milliseconds and ticks may have fractions, and are told exactly. */
export function readNumber(reader: ByteReader, structure: string): number {
  const value = reader.f64();
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER || Object.is(value, -0)) {
    throw new MalformedError('BAD_VALUE', structure, `${value} is no time or count`);
  }
  return value;
}

/** What a frame holds must end where the frame does. */
export function expectEnd(reader: ByteReader, structure: string): void {
  if (reader.remaining > 0) throw new MalformedError('TOO_LARGE', structure, `${reader.remaining} bytes too many`);
}
