import type { ByteWriter } from '../bytes/index.ts';

/** The size of every transport packet. */
export const TS_PACKET_BYTES = 188;

const BODY_BYTES = 184;
const SYNC = 0x47000000;
const PAYLOAD_UNIT_START = 0x400000;
const HAS_ADAPTATION = 0x20;
const HAS_PAYLOAD = 0x10;
const DISCONTINUITY = 0x80;
const RANDOM_ACCESS = 0x40;
const HAS_PCR = 0x10;
const STUFFING = new Uint8Array(BODY_BYTES).fill(0xff);

/** The adaptation field of the first packet of a payload (ISO/IEC 13818-1, 2.4.3.4). */
export type UnitStart = { readonly isRandomAccess: boolean; readonly pcr90k: number | undefined };

const NO_CLOCK: UnitStart = { isRandomAccess: false, pcr90k: undefined };

/** A PES packet's way into transport packets: `head` is written first and lies whole in the first one. */
export type PacketizedUnit = UnitStart & {
  readonly pid: number;
  readonly headBytes: number;
  readonly writeHead: () => void;
  readonly data: Uint8Array;
};

/** The fewest packets `writeUnit` can write. */
export function unitPacketCount(start: UnitStart, headBytes: number, dataBytes: number): number {
  const inFirst = BODY_BYTES - adaptationBytes(start);
  return 1 + Math.max(0, Math.ceil((headBytes + dataBytes - inFirst) / BODY_BYTES));
}

/** The most packets a PES packet can be spread over: its head with the first, then a byte of data in each. */
export function mostUnitPackets(dataBytes: number): number {
  return 1 + dataBytes;
}

/**
 * Writes a PES packet as `packetCount` transport packets, each as full as leaves a byte for every later one; returns
 * the next continuity counter.
 */
export function writeUnit(w: ByteWriter, unit: PacketizedUnit, packetCount: number, continuity: number): number {
  const { pid, data, headBytes } = unit;
  let at = Math.min(data.length - (packetCount - 1), BODY_BYTES - adaptationBytes(unit) - headBytes);
  const firstAdaptation = BODY_BYTES - headBytes - at;
  writeHeader(w, PAYLOAD_UNIT_START + pid * 256, firstAdaptation, continuity);
  writeAdaptation(w, firstAdaptation, unit);
  unit.writeHead();
  w.bytes(data.subarray(0, at));
  for (let index = 1; index < packetCount; index++) {
    const count = Math.min(BODY_BYTES, data.length - at - (packetCount - 1 - index));
    writeHeader(w, pid * 256, BODY_BYTES - count, (continuity + index) % 16);
    writeAdaptation(w, BODY_BYTES - count, NO_CLOCK);
    w.bytes(data.subarray(at, at + count));
    at += count;
  }
  return (continuity + packetCount) % 16;
}

/** Writes one packet with a whole PSI section of at most 183 bytes; returns the next continuity counter. */
export function writePsi(w: ByteWriter, pid: number, section: Uint8Array, continuity: number): number {
  writeHeader(w, PAYLOAD_UNIT_START + pid * 256, 0, continuity);
  const pointerField = 0;
  w.u8(pointerField).bytes(section);
  w.bytes(STUFFING.subarray(0, BODY_BYTES - 1 - section.length));
  return (continuity + 1) % 16;
}

/** Writes a packet with a clock and no payload; such a packet repeats the last counter, it does not take the next. */
export function writeClockOnly(w: ByteWriter, pid: number, pcr90k: number, continuity: number): void {
  w.u32(SYNC + pid * 256 + HAS_ADAPTATION + ((continuity + 15) % 16));
  writeAdaptation(w, BODY_BYTES, { isRandomAccess: false, pcr90k });
}

/** Writes a packet without payload that says: the counters of `pid` go on at 0 (ISO/IEC 13818-1, 2.4.3.5). */
export function writeCounterReset(w: ByteWriter, pid: number): void {
  w.u32(SYNC + pid * 256 + HAS_ADAPTATION + 15)
    .u8(BODY_BYTES - 1)
    .u8(DISCONTINUITY)
    .bytes(STUFFING.subarray(0, BODY_BYTES - 2));
}

function writeHeader(w: ByteWriter, startAndPid: number, adaptation: number, counter: number): void {
  w.u32(SYNC + startAndPid + HAS_PAYLOAD + (adaptation > 0 ? HAS_ADAPTATION : 0) + counter);
}

/** The least bytes that say `start`, its length byte counted. */
function adaptationBytes({ isRandomAccess, pcr90k }: UnitStart): number {
  if (pcr90k !== undefined) return 8;
  return isRandomAccess ? 2 : 0;
}

/** An adaptation field of exactly `sizeBytes`, stuffed behind what it says. */
function writeAdaptation(w: ByteWriter, sizeBytes: number, { isRandomAccess, pcr90k }: UnitStart): void {
  if (sizeBytes === 0) return;
  w.u8(sizeBytes - 1);
  if (sizeBytes === 1) return;
  w.u8((isRandomAccess ? RANDOM_ACCESS : 0) + (pcr90k === undefined ? 0 : HAS_PCR));
  if (pcr90k !== undefined) writePcr(w, pcr90k);
  w.bytes(STUFFING.subarray(0, sizeBytes - (pcr90k === undefined ? 2 : 8)));
}

/** 33 bits of 90 kHz, 6 reserved ones, and a 27 MHz extension of 0. */
function writePcr(w: ByteWriter, pcr90k: number): void {
  const base = pcr90k % 2 ** 33;
  w.u32(Math.floor(base / 2)).u16((base % 2) * 0x8000 + 0x7e00);
}
