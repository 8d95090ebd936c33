import { ByteWriter } from '../bytes/index.ts';
import { fillCounterRounds, type RoundPlan } from './counter-round.ts';
import { TS_PACKET_BYTES, writeClockOnly, writeCounterReset, writePsi, writeUnit } from './packet.ts';
import { pesHeaderBytes, writePesHeader } from './pes.ts';
import { patSection, pmtSection } from './psi.ts';
import { PID, type TsPacket, type TsTrack } from './track.ts';
import { planUnits, type Unit } from './unit-plan.ts';

const MAX_SEGMENT_PACKETS = 10_000_000;

/** What `encodeTsSegment` takes. */
export type TsSegment = {
  /** At most one of each kind. */
  readonly tracks: readonly TsTrack[];
  /** In decode order, both kinds interleaved by dts. */
  readonly packets: readonly TsPacket[];
};

/** The next continuity counter of each PID. */
type Counters = { pat: number; pmt: number; video: number; audio: number };

/**
 * Encodes a transport stream segment: PAT and PMT first, before each later key frame and in between, one PES packet per
 * video access unit and per up to 5 audio frames (at most 100 ms and in rhythm), a clock with each video access unit
 * and at least every 100 ms while there is audio. Frames that are further apart with nothing between them have a clock
 * each. Continuity counters begin at 0, and any segment goes on where another one ends.
 * Limits: 10^7 transport packets, 64 KiB per audio frame; throws RangeError past them, for a second track of a kind,
 * and for packets without a track or with times that are no safe non-negative integers.
 */
export function encodeTsSegment(segment: TsSegment): Uint8Array {
  check(segment);
  const plan = fillCounterRounds(planUnits(segment.packets, hasKind(segment.tracks, 'video')));
  const packetCount = packetCountOf(plan);
  if (packetCount > MAX_SEGMENT_PACKETS) throw new RangeError(`a segment of ${packetCount} transport packets`);
  const counters: Counters = { pat: 0, pmt: 0, video: 0, audio: 0 };
  const w = new ByteWriter(packetCount * TS_PACKET_BYTES);
  const pat = patSection();
  const pmt = pmtSection(segment.tracks);
  writeTables(w, pat, pmt, counters, plan.tablesAtStart);
  for (const unit of plan.units) {
    writeTables(w, pat, pmt, counters, unit.tablesBefore);
    if (unit.clockBefore90k !== undefined) writeClockOnly(w, PID.video, unit.clockBefore90k, counters.video);
    counters[unit.head.kind] = writePes(w, unit, counters[unit.head.kind]);
  }
  for (const kind of plan.kindsToReset) writeCounterReset(w, PID[kind]);
  return w.view();
}

function packetCountOf({ units, tablesAtStart, kindsToReset }: RoundPlan): number {
  return units.reduce(
    (sum, unit) => sum + unit.packetCount + 2 * unit.tablesBefore + (unit.clockBefore90k === undefined ? 0 : 1),
    2 * tablesAtStart + kindsToReset.length,
  );
}

function writeTables(w: ByteWriter, pat: Uint8Array, pmt: Uint8Array, counters: Counters, times: number): void {
  for (let index = 0; index < times; index++) {
    counters.pat = writePsi(w, PID.pat, pat, counters.pat);
    counters.pmt = writePsi(w, PID.pmt, pmt, counters.pmt);
  }
}

function writePes(w: ByteWriter, unit: Unit, continuity: number): number {
  const { head, data, isRandomAccess, pcr90k, packetCount } = unit;
  const headBytes = pesHeaderBytes(head);
  const writeHead = () => writePesHeader(w, head);
  const packetized = { pid: PID[head.kind], isRandomAccess, pcr90k, headBytes, writeHead, data };
  return writeUnit(w, packetized, packetCount, continuity);
}

function check({ tracks, packets }: TsSegment): void {
  if (new Set(tracks.map((track) => track.kind)).size < tracks.length) throw new RangeError('two tracks of one kind');
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
