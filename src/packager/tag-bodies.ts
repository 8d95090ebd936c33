import type { AudioTrack, TrackSet, UnplacedPacket, VideoTrack } from '../live/index.ts';
import {
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeMetadata,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
  metadataCodecId,
  type TagType,
} from '../protocol/flv/index.ts';

/** The body that FLV tags and RTMP messages have in common, in pieces. */
export type TagBody = { readonly type: TagType; readonly pieces: readonly Uint8Array[] };

/** The parameter tags that come before the first packet: metadata and sequence headers. */
export function parameterBodies(tracks: TrackSet): TagBody[] {
  const bodies: TagBody[] = [{ type: 'script', pieces: [encodeMetadata(metadataOf(tracks))] }];
  if (tracks.video) {
    bodies.push({ type: 'video', pieces: [encodeVideoSequenceHeader(tracks.video.codec, tracks.video.config)] });
  }
  if (tracks.audio && tracks.audio.codec !== 'mp3') {
    bodies.push({ type: 'audio', pieces: [encodeAudioSequenceHeader(tracks.audio.codec, tracks.audio.config)] });
  }
  return bodies;
}

export function packetBody(packet: UnplacedPacket): TagBody {
  switch (packet.kind) {
    case 'video': {
      const header = encodeVideoFrameHeader(packet.track.codec, packet.isKeyFrame, packet.compositionMs);
      return { type: 'video', pieces: [header, packet.data] };
    }
    case 'audio':
      return { type: 'audio', pieces: [encodeAudioFrameHeader(packet.track.codec), packet.data] };
    case 'data':
      return { type: 'script', pieces: [packet.data] };
  }
}

/** What onMetaData says of the tracks. */
export function metadataOf(tracks: TrackSet): Record<string, number | string | boolean> {
  return { ...videoMetadata(tracks.video), ...audioMetadata(tracks.audio) };
}

function videoMetadata(track: VideoTrack | undefined): Record<string, number> {
  if (!track) return {};
  return {
    width: track.width,
    height: track.height,
    videocodecid: metadataCodecId(track.codec),
    ...(track.frameRate ? { framerate: track.frameRate } : {}),
  };
}

function audioMetadata(track: AudioTrack | undefined): Record<string, number | boolean> {
  if (!track) return {};
  return {
    audiocodecid: metadataCodecId(track.codec),
    audiosamplerate: track.sampleRate,
    audiosamplesize: 16,
    audiochannels: track.channels,
    stereo: track.channels === 2,
  };
}
