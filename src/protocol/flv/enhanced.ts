import type { ByteReader } from '../bytes/index.ts';

/** `AvMultitrackType` of Enhanced RTMP v2. */
export const multitrackTypes = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/**
 * Skips the ModEx prefixes of Enhanced RTMP v2 (nanosecond offsets and whatever comes later) and gives the packet
 * type behind them. The reader stands just after the byte that held the packet type `modEx`.
 */
export function skipModEx(reader: ByteReader, modEx: number): number {
  let packetType = modEx;
  while (packetType === modEx) {
    const size = reader.u8() + 1;
    reader.skip(size === 256 ? reader.u16() + 1 : size);
    packetType = reader.u8() & 0x0f;
  }
  return packetType;
}
