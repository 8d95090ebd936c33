import type { AudioPacket, AudioTrack, TrackSet, VideoPacket, VideoTrack } from '../live/index.ts';
import { type AacConfig, decodeAacConfig, encodeAdtsHeader } from '../protocol/aac/index.ts';
import { concat, MalformedError } from '../protocol/bytes/index.ts';
import { accessUnitDelimiter, decodeAvcConfig, toAnnexB } from '../protocol/h264/index.ts';
import { decodeHevcConfig, hevcAccessUnitDelimiter, hevcParameterSets, hevcToAnnexB } from '../protocol/h265/index.ts';
import { encodeTsSegment, type TsPacket, type TsTrack } from '../protocol/mpegts/index.ts';
import type { MediaPacket, Segment } from './segment.ts';

/** Room below the first dts for composition offsets and the clock. */
const START_90K = 126_000;
const TICKS_PER_MS = 90;
const LOWEST_MPEG1_SAMPLE_RATE = 32_000;

/** How a track's access units are written in a transport stream. */
type VideoForm = (packet: VideoPacket) => Uint8Array;
type AudioForm = (frame: Uint8Array) => Uint8Array;

const videoForms = new WeakMap<VideoTrack, VideoForm>();
const audioForms = new WeakMap<AudioTrack, AudioForm>();

/** Whether a transport stream can carry one of the tracks: H.264, H.265, AAC or MP3. */
export function hasTsTrack(tracks: TrackSet): boolean {
  return tsTracks(tracks).length > 0;
}

/**
 * A whole segment as a transport stream: a pure function of its packets. Tracks of other codecs, and frames that can't
 * be read, are left out; undefined where no track is left.
 */
export function tsSegmentOf(segment: Segment): Uint8Array | undefined {
  const tracks = tsTracks(segment.tracks);
  if (tracks.length === 0) return undefined;
  const kinds = new Set(tracks.map((track) => track.kind));
  const packets: TsPacket[] = [];
  for (const part of segment.parts) {
    for (const packet of part.packets) {
      const carried = kinds.has(packet.kind) ? tsPacket(packet) : undefined;
      if (carried) packets.push(carried);
    }
  }
  return encodeTsSegment({ tracks, packets });
}

function tsTracks({ video, audio }: TrackSet): TsTrack[] {
  const tracks: TsTrack[] = [];
  if (video?.codec === 'h264' || video?.codec === 'h265') tracks.push({ kind: 'video', codec: video.codec });
  if (audio?.codec === 'aac' || audio?.codec === 'mp3') {
    const isLowSampleRate = audio.sampleRate < LOWEST_MPEG1_SAMPLE_RATE;
    tracks.push({ kind: 'audio', codec: audio.codec, isLowSampleRate });
  }
  return tracks;
}

function tsPacket(packet: MediaPacket): TsPacket | undefined {
  try {
    return packet.kind === 'video' ? videoPacket(packet) : audioPacket(packet);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function videoPacket(packet: VideoPacket): TsPacket {
  const dts90k = START_90K + packet.dtsMs * TICKS_PER_MS;
  const form = videoForms.get(packet.track) ?? videoFormOf(packet.track);
  videoForms.set(packet.track, form);
  return {
    kind: 'video',
    dts90k,
    pts90k: dts90k + packet.compositionMs * TICKS_PER_MS,
    isKeyFrame: packet.isKeyFrame,
    data: form(packet),
  };
}

function videoFormOf(track: VideoTrack): VideoForm {
  if (track.codec === 'h265') {
    const config = decodeHevcConfig(track.config);
    const atKeyFrame = [hevcAccessUnitDelimiter, ...hevcParameterSets(config)];
    return ({ data, isKeyFrame }) =>
      hevcToAnnexB(data, config.nalLengthSize, isKeyFrame ? atKeyFrame : [hevcAccessUnitDelimiter]);
  }
  const config = decodeAvcConfig(track.config);
  const atKeyFrame = [accessUnitDelimiter, ...config.sps, ...config.pps];
  return ({ data, isKeyFrame }) =>
    toAnnexB(data, config.nalLengthSize, isKeyFrame ? atKeyFrame : [accessUnitDelimiter]);
}

function audioPacket(packet: AudioPacket): TsPacket {
  const pts90k = START_90K + Math.round((packet.mediaTime * 90_000) / packet.track.timescale);
  const form = audioForms.get(packet.track) ?? audioFormOf(packet.track);
  audioForms.set(packet.track, form);
  return { kind: 'audio', dts90k: pts90k, pts90k, isKeyFrame: true, data: form(packet.data) };
}

function audioFormOf(track: AudioTrack): AudioForm {
  if (track.codec !== 'aac') return (frame) => frame;
  const config: AacConfig = decodeAacConfig(track.config);
  return (frame) => concat([encodeAdtsHeader(config, frame.length), frame]);
}
