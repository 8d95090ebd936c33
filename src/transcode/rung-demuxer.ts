import type { AudioCodec, VideoCodec } from '../live/index.ts';
import { decodeAudioTag, decodeVideoTag, FlvReader, type FlvTag } from '../protocol/flv/index.ts';
import { FragmentReader, type ReadTrack } from '../protocol/fmp4/index.ts';

/** What comes out of one of FFmpeg's pipes, in its own time. */
export type RungParts = {
  videoConfig(codec: VideoCodec, config: Uint8Array): void;
  video(frame: {
    readonly dtsMs: number;
    readonly compositionMs: number;
    readonly isKeyFrame: boolean;
    readonly data: Uint8Array;
  }): void;
  audioConfig(codec: AudioCodec, config: Uint8Array): void;
  audio(frame: { readonly dtsMs: number; readonly data: Uint8Array }): void;
};

/** Takes bytes as they come; throws `MalformedError` for what is not its container. */
export type RungDemuxer = (bytes: Uint8Array) => void;

export function rungDemuxer(container: 'flv' | 'mp4', parts: RungParts): RungDemuxer {
  return container === 'flv' ? flvDemuxer(parts) : mp4Demuxer(parts);
}

function flvDemuxer(parts: RungParts): RungDemuxer {
  const reader = new FlvReader();
  return (bytes) => {
    for (const tag of reader.push(bytes)) {
      if (tag.type === 'video') videoTag(tag, parts);
      else if (tag.type === 'audio') audioTag(tag, parts);
    }
  };
}

function videoTag({ payload, timestampMs }: FlvTag, parts: RungParts): void {
  const tag = decodeVideoTag(payload);
  if (tag.kind === 'sequence-header') parts.videoConfig(tag.codec, tag.config);
  if (tag.kind !== 'frame') return;
  const { compositionTimeMs, isKeyFrame, data } = tag;
  parts.video({ dtsMs: timestampMs, compositionMs: compositionTimeMs, isKeyFrame, data });
}

function audioTag({ payload, timestampMs }: FlvTag, parts: RungParts): void {
  const tag = decodeAudioTag(payload);
  if (tag.kind === 'sequence-header') parts.audioConfig(tag.codec, tag.config);
  else if (tag.kind === 'frame') parts.audio({ dtsMs: timestampMs, data: tag.data });
}

function mp4Demuxer(parts: RungParts): RungDemuxer {
  const reader = new FragmentReader();
  const known = new Set<ReadTrack>();
  return (bytes) => {
    for (const { track, dts, compositionOffset, isSync, data } of reader.push(bytes)) {
      if (!known.has(track)) announce(track, parts);
      known.add(track);
      const ms = (ticks: number) => Math.round((ticks * 1000) / track.timescale);
      const dtsMs = ms(dts);
      if (track.codec === 'aac') parts.audio({ dtsMs, data });
      else parts.video({ dtsMs, compositionMs: ms(compositionOffset), isKeyFrame: isSync, data });
    }
  };
}

function announce({ codec, config }: ReadTrack, parts: RungParts): void {
  if (codec === 'aac') parts.audioConfig(codec, config);
  else parts.videoConfig(codec, config);
}
