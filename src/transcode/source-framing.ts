import type { AudioCodec, AudioPacket, Packet, TrackSet, VideoCodec, VideoPacket } from '../live/index.ts';
import { flvFraming } from '../packager/index.ts';
import { encodeFragment, encodeInitSegment, type Fmp4Track, type Fmp4TrackRun } from '../protocol/fmp4/index.ts';

/** How the source is written to FFmpeg. One for each run. */
export interface SourceFraming {
  readonly format: 'flv' | 'mp4';
  head(tracks: TrackSet): readonly Uint8Array[];
  packet(packet: Packet): readonly Uint8Array[];
}

const IN_FLV: readonly (VideoCodec | AudioCodec)[] = ['h264', 'aac', 'mp3'];
const TRACK_ID = { video: 1, audio: 2 } as const;
/** A frame's length isn't known before the next one; FFmpeg goes by the times. */
const GUESSED_FRAME_MS = 33;

/** FFmpeg before 6.1 reads the newer codecs from fragmented MP4 only. @param tracks those that are written */
export function sourceFramingOf({ video, audio }: TrackSet): SourceFraming {
  const codecs = [video?.codec, audio?.codec].filter((codec) => codec !== undefined);
  return codecs.every((codec) => IN_FLV.includes(codec)) ? flvSource : mp4Source();
}

const flvSource: SourceFraming = {
  format: 'flv',
  head: (tracks) => flvFraming.head(tracks),
  packet: (packet) => flvFraming.packet(packet),
};

/** One frame to a fragment, so that none waits for the next. */
function mp4Source(): SourceFraming {
  let sequenceNumber = 0;
  return {
    format: 'mp4',
    head({ video, audio }) {
      const tracks: Fmp4Track[] = [];
      if (video) tracks.push({ ...video, trackId: TRACK_ID.video });
      if (audio) tracks.push({ ...audio, trackId: TRACK_ID.audio });
      return [encodeInitSegment(tracks)];
    },
    packet(packet) {
      if (packet.kind === 'data') return [];
      sequenceNumber++;
      return [encodeFragment({ sequenceNumber: sequenceNumber >>> 0, tracks: [runOf(packet)] })];
    },
  };
}

function runOf(packet: VideoPacket | AudioPacket): Fmp4TrackRun {
  const { kind, mediaTime, data, track } = packet;
  const isVideo = kind === 'video';
  const ticksPerMs = track.timescale / 1000;
  const sample = {
    durationTicks: isVideo ? GUESSED_FRAME_MS * ticksPerMs : packet.durationTicks,
    sizeBytes: data.length,
    compositionOffsetTicks: isVideo ? packet.compositionMs * ticksPerMs : 0,
    isSync: !isVideo || packet.isKeyFrame,
    data,
  };
  return { trackId: TRACK_ID[kind], baseMediaDecodeTime: mediaTime, samples: [sample] };
}
