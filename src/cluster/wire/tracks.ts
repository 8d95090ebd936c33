import type { AudioTrack, TrackSet, VideoTrack } from '../../live/index.ts';
import { ByteReader, ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { expectEnd, readNumber, readText, writeText } from './text.ts';

/** A set of tracks under the number that packets name it by. */
export type TracksFrame = { readonly kind: 'tracks'; readonly number: number; readonly tracks: TrackSet };

const HAS_VIDEO = 1;
const HAS_AUDIO = 2;
const VIDEO_CODECS: readonly VideoTrack['codec'][] = ['h264', 'h265', 'av1', 'vp9'];
const AUDIO_CODECS: readonly AudioTrack['codec'][] = ['aac', 'opus', 'flac', 'mp3'];

/**
 *     number u16 | which u8 | video: codec u8, codecString, width u16, height u16, frameRate f64 (0: not known),
 *     timescale u32, config | audio: codec u8, codecString, sampleRate u32, channels u8, timescale u32, config
 */
export function encodeTracks({ number, tracks: { video, audio } }: TracksFrame): Uint8Array {
  const writer = new ByteWriter(256).u16(number).u8((video ? HAS_VIDEO : 0) | (audio ? HAS_AUDIO : 0));
  if (video) {
    writer.u8(VIDEO_CODECS.indexOf(video.codec));
    writeText(writer, video.codecString);
    writer
      .u16(video.width)
      .u16(video.height)
      .f64(video.frameRate ?? 0)
      .u32(video.timescale);
    writer.u16(video.config.length).bytes(video.config);
  }
  if (audio) {
    writer.u8(AUDIO_CODECS.indexOf(audio.codec));
    writeText(writer, audio.codecString);
    writer.u32(audio.sampleRate).u8(audio.channels).u32(audio.timescale);
    writer.u16(audio.config.length).bytes(audio.config);
  }
  return writer.view();
}

export function decodeTracks(bytes: Uint8Array): TracksFrame {
  const reader = new ByteReader(bytes, 'tracks');
  const number = reader.u16();
  const which = reader.u8();
  if (which > (HAS_VIDEO | HAS_AUDIO)) throw new MalformedError('BAD_VALUE', 'tracks', `unknown tracks ${which}`);
  const video = which & HAS_VIDEO ? readVideo(reader) : undefined;
  const audio = which & HAS_AUDIO ? readAudio(reader) : undefined;
  expectEnd(reader, 'tracks');
  return { kind: 'tracks', number, tracks: { ...(video ? { video } : {}), ...(audio ? { audio } : {}) } };
}

function readVideo(reader: ByteReader): VideoTrack {
  const codec = codecOf(VIDEO_CODECS, reader.u8());
  const codecString = readText(reader, 'tracks');
  const [width, height] = [reader.u16(), reader.u16()];
  const frameRate = readNumber(reader, 'tracks');
  const timescale = reader.u32();
  const config = reader.bytes(reader.u16()).slice();
  return {
    ...{ kind: 'video', codec, config, codecString, width, height, timescale },
    ...(frameRate === 0 ? {} : { frameRate }),
  };
}

function readAudio(reader: ByteReader): AudioTrack {
  const codec = codecOf(AUDIO_CODECS, reader.u8());
  const codecString = readText(reader, 'tracks');
  const sampleRate = reader.u32();
  const channels = reader.u8();
  const timescale = reader.u32();
  const config = reader.bytes(reader.u16()).slice();
  return { kind: 'audio', codec, config, codecString, sampleRate, channels, timescale };
}

function codecOf<Codec>(codecs: readonly Codec[], index: number): Codec {
  const codec = codecs[index];
  if (codec === undefined) throw new MalformedError('BAD_VALUE', 'tracks', `there is no codec ${index}`);
  return codec;
}
