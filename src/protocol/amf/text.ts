import { type ByteReader, MalformedError } from '../bytes/index.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const MAX_KEY_BYTES = 16_384;

/** Text as it stands: a leading byte order mark is kept, wrong UTF-8 becomes U+FFFD. */
export function readText(reader: ByteReader, length: number): string {
  return utf8.decode(reader.bytes(length));
}

/** The name of a member; short enough to be written again even if each of its bytes became U+FFFD. */
export function readKey(reader: ByteReader, length: number): string {
  if (length > MAX_KEY_BYTES) throw new MalformedError('TOO_LARGE', 'AMF', `a key of ${length} bytes`);
  return readText(reader, length);
}
