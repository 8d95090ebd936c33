import { ByteReader, concat, MalformedError } from '../bytes/index.ts';

/** `obu_type` values of the AV1 specification, 6.2.2, that something here asks for. */
export const obuTypes = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  tileGroup: 4,
  metadata: 5,
  frame: 6,
  padding: 15,
} as const;

/** One open bitstream unit as views. */
export type Obu = {
  readonly type: number;
  /** Header, size field and payload. */
  readonly whole: Uint8Array;
  readonly payload: Uint8Array;
};

/** The OBUs of a temporal unit; one without a size field is the last (AV1, 5.3.1). */
export function* obus(temporalUnit: Uint8Array): Generator<Obu> {
  const reader = new ByteReader(temporalUnit, 'AV1 OBU');
  while (reader.remaining > 0) {
    const start = reader.offset;
    const header = reader.u8();
    if ((header & 0x80) !== 0) throw new MalformedError('BAD_VALUE', 'AV1 OBU', 'forbidden bit is set');
    if ((header & 4) !== 0) reader.skip(1); // obu_extension_header
    const payload = reader.bytes((header & 2) !== 0 ? readLeb128(reader) : reader.remaining);
    yield { type: (header >>> 3) & 0x0f, whole: temporalUnit.subarray(start, reader.offset), payload };
  }
}

/** `leb128()` of the AV1 specification, 4.10.5: at most 8 bytes and 32 bits. */
export function readLeb128(reader: ByteReader): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) {
      if (value > 0xffffffff) throw new MalformedError('TOO_LARGE', 'AV1 leb128', `value ${value}`);
      return value;
    }
  }
  throw new MalformedError('BAD_VALUE', 'AV1 leb128', 'more than 8 bytes');
}

/** A temporal unit as MP4 and FLV want it, without temporal delimiters: the same array if it has none. */
export function withoutTemporalDelimiters(temporalUnit: Uint8Array): Uint8Array {
  let hasDelimiter = false;
  const kept: Uint8Array[] = [];
  for (const obu of obus(temporalUnit)) {
    if (obu.type === obuTypes.temporalDelimiter) hasDelimiter = true;
    else kept.push(obu.whole);
  }
  return hasDelimiter ? concat(kept) : temporalUnit;
}
