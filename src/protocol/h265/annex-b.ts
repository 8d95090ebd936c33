import { joinAnnexB, type NalLengthSize } from '../nal/index.ts';
import { hevcNalUnits, hevcNalUnitType, hevcNalUnitTypes } from './nal-unit.ts';

/**
 * A length-prefixed access unit with four-byte start codes instead, in one allocation. `prepend` (an access unit
 * delimiter, parameter sets) comes first; when it is not empty, delimiters of the access unit itself are left out.
 */
export function hevcToAnnexB(
  accessUnit: Uint8Array,
  nalLengthSize: NalLengthSize,
  prepend: readonly Uint8Array[] = [],
): Uint8Array {
  const units = [...prepend];
  for (const nalUnit of hevcNalUnits(accessUnit, nalLengthSize)) {
    const isDelimiter = hevcNalUnitType(nalUnit) === hevcNalUnitTypes.accessUnitDelimiter;
    if (prepend.length === 0 || !isDelimiter) units.push(nalUnit);
  }
  return joinAnnexB(units);
}
