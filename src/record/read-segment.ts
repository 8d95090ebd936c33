import type { ArchivedSegment } from '../archive/index.ts';
import type { TrackSet } from '../live/index.ts';
import type { MediaPacket, Part, Segment } from '../packager/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import { ticksOf } from './seams.ts';
import { segmentTableOf, type TableFragment, type TrackRun } from './segment-table.ts';

/**
 * An archived segment as it was packaged: the inverse of `fragmentOf` for each of its parts. Both tracks' packets are
 * put in order by dts; payloads are views. Throws MalformedError.
 *
 * @param shiftMs how much earlier than in stream time it is to be
 */
export function readSegment(archived: ArchivedSegment, bytes: Uint8Array, shiftMs = 0): Segment {
  const { number, slice, isDiscontinuity, discontinuities, wallMs, startDtsMs, durationMs } = archived;
  const place = { bytes, tracks: slice.tracks, shiftMs, startDtsMs, wallMs };
  const parts = segmentTableOf(archived, bytes).fragments.map((fragment, index) => partOf(fragment, index, place));
  const packets = parts.flatMap((part) => part.packets);
  return {
    ...{ number, tracks: slice.tracks, isDiscontinuity, discontinuities, wallMs },
    startDtsMs: startDtsMs - shiftMs,
    parts,
    durationMs,
    sizeBytes: packets.reduce((sum, { data }) => sum + data.length, 0),
    madeBytes: 0,
    isWhole: true,
  };
}

type Place = {
  readonly bytes: Uint8Array;
  readonly tracks: TrackSet;
  readonly shiftMs: number;
  readonly startDtsMs: number;
  readonly wallMs: number;
};

function partOf({ runs }: TableFragment, index: number, place: Place): Part {
  const leadingKind = place.tracks.video ? 'video' : 'audio';
  const ofKind = (kind: 'video' | 'audio') => runs.filter(({ track }) => track.kind === kind);
  const video = ofKind('video').flatMap((run) => packetsOf(run, place));
  const audio = ofKind('audio').flatMap((run) => packetsOf(run, place));
  const leading = leadingKind === 'video' ? video : audio;
  const first = leading[0] ?? video[0] ?? audio[0];
  if (!first) throw new MalformedError('BAD_VALUE', 'moof', 'has no samples of the tracks');
  return {
    index,
    packets: merged(video, audio),
    startDtsMs: first.dtsMs,
    durationMs: ofKind(leadingKind).reduce((sum, run) => sum + durationMsOf(run), 0),
    isIndependent: first === leading[0] && (first.kind === 'audio' || first.isKeyFrame),
  };
}

function durationMsOf({ samples, track }: TrackRun): number {
  return (samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0) * 1000) / track.timescale;
}

function packetsOf({ track: { kind, timescale }, baseMediaDecodeTime, dataOffset, samples }: TrackRun, place: Place) {
  const track = place.tracks[kind];
  const packets: MediaPacket[] = [];
  const shiftTicks = ticksOf(place.shiftMs, timescale);
  let ticks = baseMediaDecodeTime;
  let at = dataOffset;
  for (const { durationTicks, sizeBytes, compositionOffsetTicks, isSync } of samples) {
    const streamMs = Math.round((ticks * 1000) / timescale);
    const mediaTime = ticks - shiftTicks;
    const timed = {
      mediaTime,
      dtsMs: Math.round((mediaTime * 1000) / timescale),
      wallMs: place.wallMs + streamMs - place.startDtsMs,
      data: place.bytes.subarray(at, at + sizeBytes),
    };
    if (track?.kind === 'video') {
      const compositionMs = Math.round((compositionOffsetTicks * 1000) / timescale);
      packets.push({ kind: 'video', track, ...timed, compositionMs, isKeyFrame: isSync });
    } else if (track) {
      packets.push({ kind: 'audio', track, ...timed, durationTicks });
    }
    ticks += durationTicks;
    at += sizeBytes;
  }
  return packets;
}

/** Both in order of dts; of equal ones video comes first. */
function merged(video: readonly MediaPacket[], audio: readonly MediaPacket[]): MediaPacket[] {
  const packets: MediaPacket[] = [];
  let next = 0;
  for (const packet of video) {
    for (let sound = audio[next]; sound && sound.dtsMs < packet.dtsMs; sound = audio[++next]) packets.push(sound);
    packets.push(packet);
  }
  packets.push(...audio.slice(next));
  return packets;
}
