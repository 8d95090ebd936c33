const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = (index << 24) >>> 0;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? ((crc << 1) ^ 0x04c11db7) >>> 0 : (crc << 1) >>> 0;
  return crc;
});

/** CRC-32/MPEG-2 as PSI sections end with it (ISO/IEC 13818-1, annex A). */
export function crc32Mpeg(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = ((crc << 8) ^ (table[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}
