import type { MediaStream } from '../../../ffmpeg/index.ts';
import type { Body } from './answer.ts';

/** What FFprobe said of a stream, as texts. */
export function streamTexts(stream: MediaStream): Body {
  const about = textsOf({
    ...{ Index: stream.index, CodecName: stream.codec, CodecLongName: stream.codecLongName, CodecTag: stream.codecTag },
    ...{ Timebase: stream.timeBase, StartTime: stream.startSeconds?.toFixed(6), NumFrames: stream.frames },
    ...{ Duration: stream.durationSeconds?.toFixed(6), Lang: stream.language },
    Bitrate: stream.bitsPerSecond && (stream.bitsPerSecond / 1000).toFixed(3),
  });
  if (stream.kind === 'video') {
    const { width, height, fps, baseFps, sampleAspect, displayAspect, pixelFormat, level, hasBFrames, profile } =
      stream;
    return {
      ...about,
      ...textsOf({ Width: width, Height: height, AvgFPS: fps, Fps: baseFps, Sar: sampleAspect, Dar: displayAspect }),
      ...textsOf({ PixFmt: pixelFormat, Level: level, HasBFrames: hasBFrames ? 2 : 0, Profile: profile }),
      Rotate: String(stream.rotation),
    };
  }
  if (stream.kind !== 'audio') return about;
  const { sampleRate, channels, channelLayout, sampleFormat } = stream;
  return {
    ...about,
    ...textsOf({ Samplerate: sampleRate, Channels: channels, ChannelLayout: channelLayout, SampleFmt: sampleFormat }),
  };
}

/** What is known, as texts. */
export function textsOf(values: Readonly<Record<string, string | number | undefined>>): Body {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
