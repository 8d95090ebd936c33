import { concat } from '../bytes/index.ts';
import { unitPacketCount } from './packet.ts';
import { MAX_AUDIO_PES_BYTES, type PesHead, pesHeaderBytes } from './pes.ts';
import type { TsPacket } from './track.ts';

const MAX_FRAMES_PER_PES = 5;
const MAX_PES_SPAN_90K = 9000;
/** How far a frame may lie from its neighbours' rhythm before it gets a time of its own: 5 ms. */
const RHYTHM_TOLERANCE_90K = 450;
const MAX_CLOCK_INTERVAL_90K = 9000;
/** The clock runs 100 ms before dts, the time a key frame's packets may take to arrive. */
const CLOCK_LEAD_90K = 9000;

/** One PES packet and what goes before it. */
export type Unit = {
  readonly head: PesHead;
  readonly data: Uint8Array;
  readonly isRandomAccess: boolean;
  /** How often PAT and PMT are repeated before it. */
  readonly tablesBefore: number;
  readonly pcr90k: number | undefined;
  /** A clock on the video PID in a packet of its own before this audio. */
  readonly clockBefore90k: number | undefined;
  /** Transport packets of the PES packet itself. */
  readonly packetCount: number;
};

/** Groups audio frames, and places tables and clocks: tables before each key frame but the segment's first. */
export function planUnits(packets: readonly TsPacket[], hasVideo: boolean): readonly Unit[] {
  const units: Unit[] = [];
  let lastClock90k = Number.NEGATIVE_INFINITY;
  let isVideoBefore = false;
  const groups = groupPackets(packets);
  for (const [index, group] of groups.entries()) {
    const [first] = group;
    if (first === undefined) continue;
    const next90k = groups[index + 1]?.[0]?.dts90k ?? first.dts90k;
    const isVideo = first.kind === 'video';
    const carriesClock = isVideo || !hasVideo;
    const needsClock = !carriesClock && next90k - lastClock90k > MAX_CLOCK_INTERVAL_90K;
    const clock90k = Math.max(0, first.dts90k - CLOCK_LEAD_90K);
    units.push(
      planUnit(group, first, {
        isRandomAccess: isVideo ? first.isKeyFrame : !hasVideo,
        tablesBefore: isVideo && first.isKeyFrame && isVideoBefore ? 1 : 0,
        pcr90k: carriesClock ? clock90k : undefined,
        clockBefore90k: needsClock ? clock90k : undefined,
      }),
    );
    if (carriesClock || needsClock) lastClock90k = first.dts90k;
    isVideoBefore ||= isVideo;
  }
  return units;
}

type Placement = Pick<Unit, 'isRandomAccess' | 'tablesBefore' | 'pcr90k' | 'clockBefore90k'>;

function planUnit(group: readonly TsPacket[], first: TsPacket, placement: Placement): Unit {
  const data = group.length === 1 ? first.data : concat(group.map((packet) => packet.data));
  const head = { kind: first.kind, dts90k: first.dts90k, pts90k: first.pts90k, dataBytes: data.length };
  if (head.kind === 'audio' && data.length > MAX_AUDIO_PES_BYTES) throw new RangeError('an audio frame past 64 KiB');
  const packetCount = unitPacketCount(placement, pesHeaderBytes(head), data.length);
  const { isRandomAccess, tablesBefore, pcr90k, clockBefore90k } = placement;
  return { head, data, packetCount, isRandomAccess, tablesBefore, pcr90k, clockBefore90k };
}

/** Each video packet alone; audio frames with those that follow in rhythm, at the place of the first. */
function groupPackets(packets: readonly TsPacket[]): readonly (readonly TsPacket[])[] {
  const groups: TsPacket[][] = [];
  let audio: TsPacket[] = [];
  for (const packet of packets) {
    if (packet.kind === 'audio' && joins(audio, packet)) {
      audio.push(packet);
      continue;
    }
    const group = [packet];
    groups.push(group);
    if (packet.kind === 'audio') audio = group;
  }
  return groups;
}

function joins(group: readonly TsPacket[], packet: TsPacket): boolean {
  const [first, second] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined || group.length >= MAX_FRAMES_PER_PES) return false;
  const step = packet.pts90k - last.pts90k;
  const rhythm = second === undefined ? step : second.pts90k - first.pts90k;
  const bytes = group.reduce((sum, frame) => sum + frame.data.length, packet.data.length);
  return (
    step > 0 &&
    Math.abs(step - rhythm) <= RHYTHM_TOLERANCE_90K &&
    packet.pts90k + step - first.pts90k <= MAX_PES_SPAN_90K &&
    bytes <= MAX_AUDIO_PES_BYTES
  );
}
