import { createHash } from 'node:crypto';
import type { AudioPacket, TrackSet, VideoPacket } from '../live/index.ts';
import {
  encodeFragment,
  encodeInitSegment,
  type Fmp4Sample,
  type Fmp4Track,
  type Fmp4TrackRun,
} from '../protocol/fmp4/index.ts';
import type { Part } from './segment.ts';

const VIDEO_TRACK_ID = 1;
const AUDIO_TRACK_ID = 2;
/** Parts that one segment may have before the numbers of two segments' fragments meet. */
const FRAGMENTS_PER_SEGMENT = 1024;

/** The init segment for a set of tracks, and a name that is equal for equal bytes on every node. */
export function initSegmentOf(tracks: TrackSet): { readonly name: string; readonly bytes: Uint8Array } {
  const bytes = encodeInitSegment(fmp4Tracks(tracks));
  return { name: `init-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.mp4`, bytes };
}

/** A part as moof and mdat: a pure function of its packets and numbers. */
export function fragmentOf(segment: number, part: Part): Uint8Array {
  const video: VideoPacket[] = [];
  const audio: AudioPacket[] = [];
  for (const packet of part.packets) {
    if (packet.kind === 'video') video.push(packet);
    else audio.push(packet);
  }
  const runs: Fmp4TrackRun[] = [];
  if (video[0]) {
    const samples = video.map((packet, index) => videoSample(packet, video[index + 1], part));
    runs.push({ trackId: VIDEO_TRACK_ID, baseMediaDecodeTime: video[0].mediaTime, samples });
  }
  if (audio[0]) {
    const samples = audio.map((packet, index) => audioSample(packet, audio[index + 1]));
    runs.push({ trackId: AUDIO_TRACK_ID, baseMediaDecodeTime: audio[0].mediaTime, samples });
  }
  return encodeFragment({ sequenceNumber: (segment * FRAGMENTS_PER_SEGMENT + part.index + 1) >>> 0, tracks: runs });
}

function videoSample(packet: VideoPacket, next: VideoPacket | undefined, part: Part): Fmp4Sample {
  const ticksPerMs = packet.track.timescale / 1000;
  const endMs = next ? next.dtsMs : Math.max(packet.dtsMs + 1, part.startDtsMs + part.durationMs);
  return {
    durationTicks: (endMs - packet.dtsMs) * ticksPerMs,
    sizeBytes: packet.data.length,
    compositionOffsetTicks: packet.compositionMs * ticksPerMs,
    isSync: packet.isKeyFrame,
    data: packet.data,
  };
}

function audioSample(packet: AudioPacket, next: AudioPacket | undefined): Fmp4Sample {
  return {
    durationTicks: next ? next.mediaTime - packet.mediaTime : packet.durationTicks,
    sizeBytes: packet.data.length,
    compositionOffsetTicks: 0,
    isSync: true,
    data: packet.data,
  };
}

/** The tracks as their init segment numbers them. */
export function fmp4Tracks(tracks: TrackSet): Fmp4Track[] {
  const list: Fmp4Track[] = [];
  if (tracks.video) list.push({ ...tracks.video, trackId: VIDEO_TRACK_ID });
  if (tracks.audio) list.push({ ...tracks.audio, trackId: AUDIO_TRACK_ID });
  return list;
}
