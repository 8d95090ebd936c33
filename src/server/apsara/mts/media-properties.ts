import type { MediaInfo } from '../../../ffmpeg/index.ts';
import { type Body, streamTexts, textsOf } from '../base/index.ts';

/** What FFprobe said, as texts. */
export function mediaProperties(info: MediaInfo): Body {
  const { format, formatLongName, durationSeconds, startSeconds, sizeBytes, bitsPerSecond, programs, streams } = info;
  const video = streams.find((stream) => stream.kind === 'video' && !stream.isCover);
  const kbps = bitsPerSecond && (bitsPerSecond / 1000).toFixed(3);
  const common = textsOf({ Bitrate: kbps, Duration: durationSeconds?.toFixed(6) });
  return {
    ...common,
    ...textsOf({ FileFormat: format, FileSize: sizeBytes, FormatName: undefined }),
    ...(video?.kind === 'video' && textsOf({ Width: video.width, Height: video.height, Fps: video.fps })),
    Format: {
      ...common,
      ...textsOf({ FormatName: format, FormatLongName: formatLongName, StartTime: startSeconds?.toFixed(6) }),
      ...textsOf({ Size: sizeBytes, NumPrograms: programs, NumStreams: streams.length }),
    },
    Streams: {
      VideoStreamList: {
        VideoStream: streams.flatMap((stream) => (stream.kind === 'video' ? [streamTexts(stream)] : [])),
      },
      AudioStreamList: {
        AudioStream: streams.flatMap((stream) => (stream.kind === 'audio' ? [streamTexts(stream)] : [])),
      },
      SubtitleStreamList: {
        SubtitleStream: streams.flatMap(({ kind, index, language: Lang }) =>
          kind === 'subtitle' ? [textsOf({ Index: index, Lang })] : [],
        ),
      },
    },
  };
}
