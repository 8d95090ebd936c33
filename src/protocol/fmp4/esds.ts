import { type ByteWriter, concat } from '../bytes/index.ts';
import { writeFullBox } from './box.ts';

const ES_DESCRIPTOR = 0x03;
const DECODER_CONFIG = 0x04;
const DECODER_SPECIFIC_INFO = 0x05;
const SL_CONFIG = 0x06;

/** Object type indications of ISO/IEC 14496-1, table 5 that `mp4a` is written with. */
export const OBJECT_TYPE = { aac: 0x40, mp3: 0x6b } as const;

/** Audio stream type 5, upStream 0, reserved bit 1. */
const AUDIO_STREAM = 0x15;

/** Writes an esds box (ISO/IEC 14496-14, 5.6); an empty `specificInfo` writes no DecoderSpecificInfo. */
export function writeEsds(w: ByteWriter, objectType: number, specificInfo: Uint8Array): void {
  const esId = Uint8Array.of(0, 0, 0);
  const slPredefinedForMp4 = Uint8Array.of(2);
  const es = descriptor(
    ES_DESCRIPTOR,
    esId,
    descriptor(DECODER_CONFIG, decoderConfigHead(objectType), specificInfoDescriptor(specificInfo)),
    descriptor(SL_CONFIG, slPredefinedForMp4),
  );
  writeFullBox(w, 'esds', 0, 0, () => w.bytes(es));
}

/** Object type and stream type; buffer size and bit rates stay 0, which says unknown. */
function decoderConfigHead(objectType: number): Uint8Array {
  const head = new Uint8Array(13);
  head[0] = objectType;
  head[1] = AUDIO_STREAM;
  return head;
}

function specificInfoDescriptor(info: Uint8Array): Uint8Array {
  return info.length === 0 ? info : descriptor(DECODER_SPECIFIC_INFO, info);
}

function descriptor(tag: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const body = concat(pieces);
  return concat([Uint8Array.of(tag, ...expandableSize(body.length)), body]);
}

/** Seven bits per byte, most significant first (ISO/IEC 14496-1, 8.3.3). */
function expandableSize(size: number): number[] {
  const bytes = [size % 128];
  for (let rest = Math.floor(size / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 + (rest % 128));
  return bytes;
}
