/**
 * Removes `emulation_prevention_three_byte` (ISO/IEC 14496-10, 7.4.1.1; H.265, 7.4.2): a copy without the NAL unit's
 * header of 1 or 2 bytes.
 */
export function withoutEmulationPrevention(nalUnit: Uint8Array, headerBytes: 1 | 2): Uint8Array {
  const rbsp = new Uint8Array(Math.max(0, nalUnit.length - headerBytes));
  let length = 0;
  let zeros = 0;
  for (let at: number = headerBytes; at < nalUnit.length; at++) {
    const byte = nalUnit[at] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    rbsp[length++] = byte;
  }
  return rbsp.subarray(0, length);
}
