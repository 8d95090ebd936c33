import type { AudioPacket, VideoPacket } from '../live/index.ts';
import { decodeAacConfig, encodeAdtsHeader } from '../protocol/aac/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { accessUnitDelimiter, decodeAvcConfig, toAnnexB } from '../protocol/h264/index.ts';
import { encodeTsSegment, type TsPacket, type TsTrack } from '../protocol/mpegts/index.ts';
import type { MediaPacket, Segment } from './segment.ts';

/** Room below the first dts for composition offsets and the clock. */
const START_90K = 126_000;
const TICKS_PER_MS = 90;

/** A whole segment as a transport stream: a pure function of its packets. */
export function tsSegmentOf(segment: Segment): Uint8Array {
  const tracks = tsTracks(segment);
  const packets: TsPacket[] = [];
  for (const part of segment.parts) {
    for (const packet of part.packets) if (tracks.has(packet.kind)) packets.push(tsPacket(packet));
  }
  return encodeTsSegment({ tracks: [...tracks.values()], packets }).bytes;
}

function tsTracks({ tracks }: Segment): Map<MediaPacket['kind'], TsTrack> {
  const list = new Map<MediaPacket['kind'], TsTrack>();
  const { video, audio } = tracks;
  if (video?.codec === 'h264' || video?.codec === 'h265') list.set('video', { kind: 'video', codec: video.codec });
  if (audio?.codec === 'aac' || audio?.codec === 'mp3') {
    list.set('audio', { kind: 'audio', codec: audio.codec, isLowSampleRate: audio.sampleRate < 32_000 });
  }
  return list;
}

function tsPacket(packet: MediaPacket): TsPacket {
  return packet.kind === 'video' ? videoPacket(packet) : audioPacket(packet);
}

function videoPacket(packet: VideoPacket): TsPacket {
  const dts90k = START_90K + packet.dtsMs * TICKS_PER_MS;
  return {
    kind: 'video',
    dts90k,
    pts90k: dts90k + packet.compositionMs * TICKS_PER_MS,
    isKeyFrame: packet.isKeyFrame,
    data: annexBOf(packet),
  };
}

function annexBOf(packet: VideoPacket): Uint8Array {
  const config = decodeAvcConfig(packet.track.config);
  const parameterSets = packet.isKeyFrame ? [...config.sps, ...config.pps] : [];
  return toAnnexB(packet.data, config.nalLengthSize, [accessUnitDelimiter, ...parameterSets]);
}

function audioPacket(packet: AudioPacket): TsPacket {
  const pts90k = START_90K + Math.round((packet.mediaTime * 90_000) / packet.track.timescale);
  return { kind: 'audio', dts90k: pts90k, pts90k, isKeyFrame: true, data: audioFrameOf(packet) };
}

function audioFrameOf(packet: AudioPacket): Uint8Array {
  if (packet.track.codec !== 'aac') return packet.data;
  const config = decodeAacConfig(packet.track.config);
  return concat([encodeAdtsHeader(config, packet.data.length), packet.data]);
}
