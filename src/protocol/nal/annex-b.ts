/** A byte stream of the units with four-byte start codes (ISO/IEC 14496-10, annex B), in one allocation. */
export function joinAnnexB(units: readonly Uint8Array[]): Uint8Array {
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
