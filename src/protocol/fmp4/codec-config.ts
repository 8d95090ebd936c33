import { ByteReader, type ByteWriter, MalformedError } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';

const STREAMINFO_BYTES = 34;
/** A metadata block header: last block, type STREAMINFO, 34 bytes. */
const LAST_STREAMINFO_HEADER = 0x80000022;
const FLAC_MARKER = 0x664c6143;
const OPUS_MAGIC = [0x4f707573, 0x48656164] as const;

/** Writes vpcC (VP Codec ISO Media File Format Binding); a config that brings version and flags keeps its record only. */
export function writeVpcC(w: ByteWriter, config: Uint8Array): void {
  // A record that began 1, 0, 0 would have a bit depth of 0, so these four bytes are version 1 and flags.
  const hasHeader = config.length >= 12 && startsWith(config, 0x01000000);
  writeFullBox(w, 'vpcC', 1, 0, () => w.bytes(hasHeader ? config.subarray(4) : config));
}

/** Writes dOps (Encapsulation of Opus in ISO Base Media File Format, 4.3.2) from a little-endian OpusHead. */
export function writeDOps(w: ByteWriter, opusHead: Uint8Array): void {
  const r = new ByteReader(opusHead, 'OpusHead');
  const hasMagic =
    opusHead.length >= 8 && startsWith(opusHead, OPUS_MAGIC[0]) && startsWith(opusHead.subarray(4), OPUS_MAGIC[1]);
  if (hasMagic) r.skip(8);
  r.skip(1);
  const channels = r.u8();
  const preSkip = u16le(r);
  const inputSampleRate = r.u32le();
  const outputGain = u16le(r);
  const mappingFamily = r.u8();
  const mappingTable = r.bytes(mappingFamily === 0 ? 0 : 2 + channels);
  writeBox(w, 'dOps', () => {
    w.u8(0).u8(channels).u16(preSkip).u32(inputSampleRate).u16(outputGain).u8(mappingFamily).bytes(mappingTable);
  });
}

/** Writes dfLa (Encapsulation of FLAC in ISO Base Media File Format, 3.3.2) with the STREAMINFO block alone. */
export function writeDfLa(w: ByteWriter, config: Uint8Array): void {
  const streamInfo = streamInfoOf(config);
  writeFullBox(w, 'dfLa', 0, 0, () => w.u32(LAST_STREAMINFO_HEADER).bytes(streamInfo));
}

function streamInfoOf(config: Uint8Array): Uint8Array {
  if (config.length === STREAMINFO_BYTES) return config;
  const r = new ByteReader(config, 'STREAMINFO');
  if (config.length >= 4 && startsWith(config, FLAC_MARKER)) r.skip(4);
  const type = r.u8() % 128;
  const length = r.u24();
  if (type !== 0 || length !== STREAMINFO_BYTES) {
    throw new MalformedError('BAD_VALUE', 'STREAMINFO', `first metadata block has type ${type} and ${length} bytes`);
  }
  return r.bytes(STREAMINFO_BYTES);
}

function startsWith(bytes: Uint8Array, word: number): boolean {
  return new ByteReader(bytes, 'codec configuration').u32() === word;
}

function u16le(r: ByteReader): number {
  const low = r.u8();
  return low + r.u8() * 256;
}
