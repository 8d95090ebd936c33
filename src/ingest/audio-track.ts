import type { AudioCodec, AudioTrack } from '../live/index.ts';
import { aacCodecString, decodeAacConfig } from '../protocol/aac/index.ts';
import { decodeFlacHeader, flacFrameSamples } from '../protocol/flac/index.ts';
import { decodeMp3FrameHeader, mp3CodecString } from '../protocol/mp3/index.ts';
import { decodeOpusHead, opusPacketSamples } from '../protocol/opus/index.ts';

/** Opus is always decoded at this rate, whatever the encoder was fed (RFC 7845, 5.1). */
const OPUS_SAMPLE_RATE = 48_000;

/** An audio track together with what tells how long each of its frames is. */
export type AudioSource = {
  readonly track: AudioTrack;
  /** Samples per channel in one frame; throws `MalformedError` for a frame that can't be read. */
  readonly samplesOf: (frame: Uint8Array) => number;
};

const sources: Readonly<Record<AudioCodec, (config: Uint8Array) => AudioSource>> = { aac, opus, flac, mp3 };

/**
 * A track from its configuration; for MP3, which has none, from a frame. Throws `MalformedError` for one that can't
 * be read.
 */
export function audioSourceOf(codec: AudioCodec, config: Uint8Array): AudioSource {
  return sources[codec](config);
}

function aac(bytes: Uint8Array): AudioSource {
  const config = decodeAacConfig(bytes);
  const track = trackOf('aac', bytes, aacCodecString(config), config);
  return { track, samplesOf: () => config.samplesPerFrame };
}

function opus(bytes: Uint8Array): AudioSource {
  const { channels } = decodeOpusHead(bytes);
  return {
    track: trackOf('opus', bytes, 'opus', { sampleRate: OPUS_SAMPLE_RATE, channels }),
    samplesOf: opusPacketSamples,
  };
}

function flac(bytes: Uint8Array): AudioSource {
  return { track: trackOf('flac', bytes, 'fLaC', decodeFlacHeader(bytes)), samplesOf: flacFrameSamples };
}

function mp3(frame: Uint8Array): AudioSource {
  const track = trackOf('mp3', new Uint8Array(0), mp3CodecString, decodeMp3FrameHeader(frame));
  return { track, samplesOf: mp3Samples };
}

/** A tag may hold several frames. */
function mp3Samples(frames: Uint8Array): number {
  let samples = 0;
  for (let at = 0; at < frames.length; ) {
    const header = decodeMp3FrameHeader(frames.subarray(at));
    samples += header.samplesPerFrame;
    at += header.frameBytes;
  }
  return samples;
}

function trackOf(
  codec: AudioCodec,
  config: Uint8Array,
  codecString: string,
  { sampleRate, channels }: Pick<AudioTrack, 'sampleRate' | 'channels'>,
): AudioTrack {
  const owned = config.slice();
  return { kind: 'audio', codec, config: owned, codecString, sampleRate, channels, timescale: sampleRate };
}
