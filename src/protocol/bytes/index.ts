export { BitReader } from './bit-reader.ts';
export { BitWriter } from './bit-writer.ts';
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export { concat, totalLength } from './concat.ts';
export { crc32Mpeg } from './crc32-mpeg.ts';
export { type MalformedCode, MalformedError } from './malformed-error.ts';
