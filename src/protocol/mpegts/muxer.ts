import { ByteWriter } from '../bytes/index.ts';
import { TS_PACKET_BYTES, writeClockOnly, writePsi, writeUnit } from './packet.ts';
import { pesHeaderBytes, writePesHeader } from './pes.ts';
import { patSection, pmtSection } from './psi.ts';
import { PID, type TsContinuity, type TsPacket, type TsTrack } from './track.ts';
import { planUnits, type Unit } from './unit-plan.ts';

const MAX_SEGMENT_PACKETS = 10_000_000;

/** What `encodeTsSegment` takes. */
export type TsSegment = {
  /** At most one of each kind. */
  readonly tracks: readonly TsTrack[];
  /** In decode order, both kinds interleaved by dts. */
  readonly packets: readonly TsPacket[];
  /** The counters of the first packets, as the segment before returned them; left out, 0. */
  readonly continuity?: TsContinuity;
};

/** A segment, and the counters the one after it begins with. */
export type EncodedTsSegment = { readonly bytes: Uint8Array; readonly continuity: TsContinuity };

type Counters = { -readonly [Name in keyof TsContinuity]: TsContinuity[Name] };

/**
 * Encodes a transport stream segment: PAT and PMT first and before each later key frame, one PES packet per video
 * access unit and per up to 5 audio frames (at most 100 ms and in rhythm), a clock with each video access unit and at
 * least every 100 ms while there is audio. Frames that are further apart with nothing between them have a clock each.
 * Limits: 10^7 transport packets, 64 KiB per audio frame; throws RangeError past them, for a second track of a kind,
 * and for packets without a track or with times that are no safe non-negative integers.
 */
export function encodeTsSegment(segment: TsSegment): EncodedTsSegment {
  check(segment);
  const units = planUnits(segment.packets, hasKind(segment.tracks, 'video'));
  const packetCount = units.reduce((sum, unit) => sum + unit.packetCount, 2);
  if (packetCount > MAX_SEGMENT_PACKETS) throw new RangeError(`a segment of ${packetCount} transport packets`);
  const counters: Counters = { ...(segment.continuity ?? { pat: 0, pmt: 0, video: 0, audio: 0 }) };
  const w = new ByteWriter(packetCount * TS_PACKET_BYTES);
  const pat = patSection();
  const pmt = pmtSection(segment.tracks);
  writeTables(w, pat, pmt, counters);
  for (const unit of units) {
    if (unit.hasPsiBefore) writeTables(w, pat, pmt, counters);
    if (unit.clockBefore90k !== undefined) writeClockOnly(w, PID.video, unit.clockBefore90k, counters.video);
    counters[unit.head.kind] = writePes(w, unit, counters[unit.head.kind]);
  }
  return { bytes: w.view(), continuity: counters };
}

function writeTables(w: ByteWriter, pat: Uint8Array, pmt: Uint8Array, counters: Counters): void {
  counters.pat = writePsi(w, PID.pat, pat, counters.pat);
  counters.pmt = writePsi(w, PID.pmt, pmt, counters.pmt);
}

function writePes(w: ByteWriter, unit: Unit, continuity: number): number {
  const { head, data, isRandomAccess, pcr90k } = unit;
  const headBytes = pesHeaderBytes(head);
  const writeHead = () => writePesHeader(w, head);
  return writeUnit(w, { pid: PID[head.kind], isRandomAccess, pcr90k, headBytes, writeHead, data }, continuity);
}

function check({ tracks, packets, continuity }: TsSegment): void {
  if (new Set(tracks.map((track) => track.kind)).size < tracks.length) throw new RangeError('two tracks of one kind');
  for (const counter of Object.values(continuity ?? {})) {
    if (!Number.isInteger(counter) || counter < 0 || counter > 15)
      throw new RangeError(`continuity counter ${counter}`);
  }
  for (const { kind, dts90k, pts90k } of packets) {
    if (!hasKind(tracks, kind)) throw new RangeError(`a packet of ${kind}, which has no track`);
    if (!Number.isSafeInteger(dts90k) || !Number.isSafeInteger(pts90k) || dts90k < 0 || pts90k < 0) {
      throw new RangeError(`dts ${dts90k} and pts ${pts90k} are not both safe non-negative integers`);
    }
  }
}

function hasKind(tracks: readonly TsTrack[], kind: TsTrack['kind']): boolean {
  return tracks.some((track) => track.kind === kind);
}
