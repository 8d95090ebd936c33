import { type HevcNalLengthSize, hevcNalUnits, hevcNalUnitType, hevcNalUnitTypes } from './nal-unit.ts';

/**
 * A length-prefixed access unit with four-byte start codes instead, in one allocation. `prepend` (an access unit
 * delimiter, parameter sets) comes first; when it is not empty, delimiters of the access unit itself are left out.
 */
export function hevcToAnnexB(
  accessUnit: Uint8Array,
  nalLengthSize: HevcNalLengthSize,
  prepend: readonly Uint8Array[] = [],
): Uint8Array {
  const units = [...prepend];
  for (const nalUnit of hevcNalUnits(accessUnit, nalLengthSize)) {
    const isDelimiter = hevcNalUnitType(nalUnit) === hevcNalUnitTypes.accessUnitDelimiter;
    if (prepend.length === 0 || !isDelimiter) units.push(nalUnit);
  }
  let size = 0;
  for (const unit of units) size += 4 + unit.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const unit of units) {
    bytes[at + 3] = 1;
    bytes.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return bytes;
}
