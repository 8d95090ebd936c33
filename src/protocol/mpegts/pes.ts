import type { ByteWriter } from '../bytes/index.ts';

const STREAM_ID = { video: 0xe0, audio: 0xc0 } as const;
const PTS_ONLY = 0x80;
const PTS_AND_DTS = 0xc0;
/** Marker bits `10` and data_alignment_indicator. */
const ALIGNED = 0x84;
const OPTIONAL_FIXED_BYTES = 3;

/** What a PES packet's header is made of. */
export type PesHead = {
  readonly kind: 'video' | 'audio';
  readonly dts90k: number;
  readonly pts90k: number;
  readonly dataBytes: number;
};

/** The longest audio data that PES_packet_length can state. */
export const MAX_AUDIO_PES_BYTES = 0xffff - OPTIONAL_FIXED_BYTES - 5;

/** The bytes `writePesHeader` writes: 14, or 19 where dts and pts differ. */
export function pesHeaderBytes(head: PesHead): number {
  return head.pts90k === head.dts90k ? 14 : 19;
}

/** Writes a PES header (ISO/IEC 13818-1, 2.4.3.6); video has length 0, which says until the next one. */
export function writePesHeader(w: ByteWriter, head: PesHead): void {
  const hasDts = head.pts90k !== head.dts90k;
  const timesBytes = hasDts ? 10 : 5;
  const length = head.kind === 'video' ? 0 : OPTIONAL_FIXED_BYTES + timesBytes + head.dataBytes;
  w.u24(1).u8(STREAM_ID[head.kind]).u16(length);
  w.u8(ALIGNED)
    .u8(hasDts ? PTS_AND_DTS : PTS_ONLY)
    .u8(timesBytes);
  writeTimestamp(w, hasDts ? 3 : 2, head.pts90k);
  if (hasDts) writeTimestamp(w, 1, head.dts90k);
}

/** 4 bits of prefix, then 3, 15 and 15 bits of time with a marker bit after each. */
function writeTimestamp(w: ByteWriter, prefix: number, ticks90k: number): void {
  const time = ticks90k % 2 ** 33;
  const top3 = Math.floor(time / 2 ** 30);
  const middle15 = Math.floor(time / 2 ** 15) % 2 ** 15;
  const low15 = time % 2 ** 15;
  w.u8(prefix * 16 + top3 * 2 + 1);
  w.u16(middle15 * 2 + 1).u16(low15 * 2 + 1);
}
