import { joinAnnexB, type NalLengthSize } from '../nal/index.ts';
import { nalUnits, nalUnitType, nalUnitTypes } from './nal-unit.ts';

/**
 * An AVCC access unit with four-byte start codes instead of lengths, in one allocation. `prepend` (an access unit
 * delimiter, parameter sets) comes first; when it is not empty, delimiters of the access unit itself are left out.
 */
export function toAnnexB(
  accessUnit: Uint8Array,
  nalLengthSize: NalLengthSize,
  prepend: readonly Uint8Array[] = [],
): Uint8Array {
  const units = [...prepend];
  for (const nalUnit of nalUnits(accessUnit, nalLengthSize)) {
    const isDelimiter = nalUnitType(nalUnit) === nalUnitTypes.accessUnitDelimiter;
    if (prepend.length === 0 || !isDelimiter) units.push(nalUnit);
  }
  return joinAnnexB(units);
}

/** The NAL units of an Annex B byte stream as views, without start codes and trailing zeros. */
export function* annexBNalUnits(bytes: Uint8Array): Generator<Uint8Array> {
  let start = startCodeEnd(bytes, 0);
  while (start < bytes.length) {
    const next = startCodeEnd(bytes, start);
    let end = next === bytes.length + 1 ? bytes.length : next - 3;
    while (end > start && bytes[end - 1] === 0) end--;
    if (end > start) yield bytes.subarray(start, end);
    start = next;
  }
}

/** An Annex B access unit with four-byte lengths instead of start codes. */
export function fromAnnexB(bytes: Uint8Array): Uint8Array {
  const units = [...annexBNalUnits(bytes)];
  let size = 0;
  for (const unit of units) size += 4 + unit.length;
  const accessUnit = new Uint8Array(size);
  const view = new DataView(accessUnit.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, unit.length);
    accessUnit.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return accessUnit;
}

/** Offset just after the next `00 00 01`; one past the length when there is none. */
function startCodeEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 2 < bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) return at + 3;
  }
  return bytes.length + 1;
}
